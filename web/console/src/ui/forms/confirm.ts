/** Asks before something happens that cannot be taken back or that others notice; the text names what happens, to whom. */
import { ElMessageBox } from "element-plus";
import { useText } from "../../i18n";
import common from "../../i18n/common";

const t = useText(common);

export interface Asked {
  title: string;
  /** What happens then, in full sentences. */
  text: string;
  /** What the button says: the act, not “OK”. */
  act: string;
  danger?: boolean;
}

export async function confirmed(asked: Asked): Promise<boolean> {
  try {
    await ElMessageBox.confirm(asked.text, asked.title, {
      confirmButtonText: asked.act,
      cancelButtonText: t("do.cancel"),
      confirmButtonType: asked.danger ? "danger" : "primary",
      type: asked.danger ? "warning" : "info",
      autofocus: true,
    });
    return true;
  } catch {
    return false;
  }
}
