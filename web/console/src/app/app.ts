/** Decides what stands on the page: set-up, sign-in or the shell with a view. */
import { whenSignedOut } from "../api/client";
import { type Session, forgetSession, hasSession, loadSession, needsSetup, signOut } from "../api/session";
import { language, t, useLanguage } from "../i18n";
import { doorView } from "../parts/signin/signin";
import { replace } from "../ui/dom";
import { failed, loading } from "../ui/states";
import { shell } from "./shell";

export function startApp(root: HTMLElement): void {
  let session: Session | undefined;
  let stop: () => void = () => undefined;

  const swap = (element: HTMLElement, stopper: () => void = () => undefined): void => {
    stop();
    stop = stopper;
    document.title = t("app.name");
    replace(root, element);
  };
  const switchLanguage = (): void => {
    useLanguage(language() === "en" ? "zh-CN" : "en");
    void show();
  };
  const leave = async (): Promise<void> => {
    await signOut().catch(() => undefined);
    session = undefined;
    location.hash = "#/";
    await show();
  };
  const show = async (): Promise<void> => {
    if (session?.passwordDue) {
      swap(doorView("password", { switchLanguage, enter }));
      return;
    }
    if (session) {
      const view = shell(session, { switchLanguage, signOut: () => void leave() });
      swap(view.element, view.stop);
      return;
    }
    swap(doorView((await needsSetup()) ? "setup" : "sign_in", { switchLanguage, enter }));
  };
  const enter = (opened: Session): void => {
    session = opened;
    void show();
  };
  const start = async (): Promise<void> => {
    swap(loading());
    try {
      session = hasSession() ? await loadSession() : undefined;
      await show();
    } catch (cause) {
      swap(failed(cause, () => void start()));
    }
  };
  whenSignedOut(() => {
    forgetSession();
    if (session === undefined) return;
    session = undefined;
    void show().catch((cause: unknown) => swap(failed(cause, () => void start())));
  });
  void start();
}
