/**
 * The door: sign-in, on a new server the set-up of its first administrator, and the change of a password that was reset.
 * There is no default password to fall back on.
 */
import { type Session, changePassword, loadSession, setUp, signIn } from "../../api/session";
import { type Key, t } from "../../i18n";
import { h, replace } from "../../ui/dom";
import { failureDetail, failureText } from "../../ui/states";

const PASSWORD_LENGTH_MIN = 12;

export type DoorKind = "sign_in" | "setup" | "password";

export interface DoorActions {
  switchLanguage: () => void;
  enter: (session: Session) => void;
}

interface Field {
  name: string;
  label: Key;
  type: "text" | "password";
  autocomplete: string;
  hint?: Key;
  minlength?: number;
}

interface Door {
  title: Key;
  lead?: Key;
  submit: Key;
  working: Key;
  fields: Field[];
  send: (value: (name: string) => string) => Promise<Session | undefined>;
}

const NAME: Field = { name: "name", label: "signin.name", type: "text", autocomplete: "username" };
const PASSWORD: Field = { name: "password", label: "signin.password", type: "password", autocomplete: "current-password" };
const NEW_PASSWORD = { type: "password", autocomplete: "new-password", hint: "setup.password_hint", minlength: PASSWORD_LENGTH_MIN } as const;

const DOORS: Record<DoorKind, Door> = {
  sign_in: {
    title: "signin.title",
    submit: "signin.submit",
    working: "signin.working",
    fields: [NAME, PASSWORD],
    send: (value) => signIn(value("name"), value("password")),
  },
  setup: {
    title: "setup.title",
    lead: "setup.lead",
    submit: "setup.submit",
    working: "setup.working",
    fields: [{ name: "token", label: "setup.token", type: "text", autocomplete: "one-time-code" }, NAME, { ...NEW_PASSWORD, name: "password", label: "signin.password" }],
    send: async (value) => {
      await setUp(value("token"), value("name"), value("password"));
      return signIn(value("name"), value("password"));
    },
  },
  password: {
    title: "password.title",
    lead: "password.lead",
    submit: "password.submit",
    working: "password.working",
    fields: [{ ...PASSWORD, label: "password.old" }, { ...NEW_PASSWORD, name: "fresh", label: "password.new" }],
    send: async (value) => {
      await changePassword(value("password"), value("fresh"));
      return loadSession();
    },
  },
};

export function doorView(kind: DoorKind, actions: DoorActions): HTMLElement {
  const door = DOORS[kind];
  const alert = h("div", { class: "form__alert", role: "alert" });
  const button = h("button", { class: "button button--primary button--wide", type: "submit" }, t(door.submit));
  const form = h("form", { class: "form", on: { submit: (event) => void submit(event) } }, door.fields.map(fieldRow), alert, button);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const data = new FormData(form);
    replace(alert);
    button.disabled = true;
    replace(button, t(door.working));
    try {
      const session = await door.send((name) => String(data.get(name) ?? ""));
      if (session) actions.enter(session);
    } catch (cause) {
      replace(alert, h("p", null, failureText(cause)), h("p", { class: "form__code" }, failureDetail(cause)));
    }
    button.disabled = false;
    replace(button, t(door.submit));
  };
  return frame(door, form, actions);
}

function frame(door: Door, form: HTMLElement, actions: DoorActions): HTMLElement {
  const names = h("div", null, h("p", { class: "door__name" }, t("app.name")), h("p", { class: "door__tagline" }, t("app.tagline")));
  return h(
    "main",
    { class: "door" },
    h(
      "section",
      { class: "door__card" },
      h("div", { class: "door__brand" }, h("img", { src: "/favicon.svg", alt: "", width: 44, height: 44 }), names),
      h("h1", { class: "door__title" }, t(door.title)),
      door.lead && h("p", { class: "door__lead" }, t(door.lead)),
      form,
    ),
    h("button", { class: "button button--quiet", type: "button", "aria-label": t("top.language_label"), on: { click: actions.switchLanguage } }, t("top.language")),
  );
}

function fieldRow(field: Field): HTMLElement {
  return h(
    "label",
    { class: "field" },
    h("span", { class: "field__label" }, t(field.label)),
    h("input", { class: "input", name: field.name, type: field.type, autocomplete: field.autocomplete, required: true, minlength: field.minlength, spellcheck: "false", autocapitalize: "none" }),
    field.hint && h("span", { class: "field__hint" }, t(field.hint)),
  );
}
