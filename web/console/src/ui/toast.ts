/** Short notes of what happened. Say what was done and to what: “已停用 王芳”, not “操作成功”. */
import { ElButton, ElMessage } from "element-plus";
import { h } from "vue";
import { useText } from "../i18n";
import common from "../i18n/common";
import { faultDetail, faultText } from "./faults";

const t = useText(common);
const SHORT_MS = 3_500;
const LONG_MS = 8_000;

export function told(message: string): void {
  ElMessage({ message, type: "success", duration: SHORT_MS, grouping: true });
}

/** A fault that concerns no form field and no page. */
export function toldFault(cause: unknown): void {
  const detail = faultDetail(cause);
  const message = detail === undefined ? faultText(cause) : `${faultText(cause)} ${detail}`;
  ElMessage({ message, type: "error", duration: LONG_MS, showClose: true, grouping: true });
}

/** Tells what was done and offers to take it back. */
export function toldWithUndo(message: string, undo: () => void): void {
  const handle = ElMessage({
    type: "success",
    duration: LONG_MS,
    showClose: true,
    message: h("span", null, [
      message,
      " ",
      h(ElButton, { link: true, type: "primary", onClick: () => (handle.close(), undo()) }, () => t("do.undo")),
    ]),
  });
}

/** Copies and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    told(t("do.copied"));
  } catch {
    ElMessage({ message: t("do.copy_failed"), type: "warning", duration: SHORT_MS });
  }
}
