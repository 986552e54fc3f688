/** What can be done to a user, each with its question, its note and, where it can be, its way back. */
import { type Ref, ref } from "vue";
import { type Schemas, api, ask, available, call } from "../../../api/client";
import { useText } from "../../../i18n";
import users from "../../../i18n/users";
import { confirmed } from "../../../ui/forms/confirm";
import { told, toldFault, toldWithUndo } from "../../../ui/toast";

export type User = Schemas["UserView"];
export interface OneTimePassword {
  name: string;
  password: string;
}

const t = useText(users);
const place = (user: User): { params: { path: { id: string } } } => ({ params: { path: { id: String(user.id) } } });

export async function setState(user: User, state: Schemas["UserState"]): Promise<void> {
  await ask(api.PUT("/api/v1/users/{id}", { ...place(user), body: { member: user.member ?? null, state } }));
}
export async function endSessions(user: User): Promise<void> {
  await ask(api.DELETE("/api/v1/users/{id}/sessions", place(user)));
}

export interface UserActions {
  reset: (user: User) => Promise<void>;
  unlock: (user: User) => Promise<void>;
  end: (user: User) => Promise<void>;
  totp: (user: User) => Promise<void>;
  disable: (user: User) => Promise<void>;
  enable: (user: User) => Promise<void>;
  remove: (user: User) => Promise<void>;
  giveRoles: (user: User, roles: number[]) => Promise<boolean>;
  bind: (user: User, member: number | undefined) => Promise<boolean>;
}

type Runner = (act: () => Promise<unknown>) => Promise<boolean>;
type Question = "reset" | "end" | "totp" | "disable" | "remove";

const sure = ({ name }: User, key: Question, act: string): Promise<boolean> =>
  confirmed({ title: t(`ask.${key}`, { name }), text: t(`ask.${key}_text`, { name }), act, danger: key !== "end" });

/** Roles, member and state: what can be taken back. */
function accountActions(run: Runner): Pick<UserActions, "enable" | "disable" | "remove" | "giveRoles" | "bind"> {
  async function enable(user: User): Promise<void> {
    if (await run(() => setState(user, "active"))) told(t("did.enable", { name: user.name }));
  }
  return {
    enable,
    async giveRoles(user, roles) {
      const before = user.roles.map((role) => role.id);
      const give = (ids: number[]): Promise<boolean> => run(() => ask(api.PUT("/api/v1/users/{id}/roles", { ...place(user), body: { roles: ids } })));
      const undo = async (): Promise<void> => {
        if (await give(before)) told(t("gave_back", { name: user.name }));
      };
      const done = await give(roles);
      if (done) toldWithUndo(t("gave", { name: user.name }), () => void undo());
      return done;
    },
    async bind(user, member) {
      const done = await run(() => ask(api.PUT("/api/v1/users/{id}", { ...place(user), body: { member: member ?? null, state: user.state } })));
      if (done) told(t(member === undefined ? "unbound_done" : "bound", { name: user.name }));
      return done;
    },
    async disable(user) {
      if (!(await sure(user, "disable", t("do.disable")))) return;
      if (await run(() => setState(user, "disabled"))) toldWithUndo(t("did.disable", { name: user.name }), () => void enable(user));
    },
    async remove(user) {
      if (!(await sure(user, "remove", t("do.remove")))) return;
      if (await run(() => ask(api.DELETE("/api/v1/users/{id}", place(user))))) told(t("did.remove", { name: user.name }));
    },
  };
}

/** Password, lock, sessions and second factor. */
function signInActions(run: Runner, show: (once: OneTimePassword) => void): Pick<UserActions, "reset" | "unlock" | "end" | "totp"> {
  return {
    async reset(user) {
      if (!(await sure(user, "reset", t("do.reset")))) return;
      await run(async () => {
        const made = await ask(api.POST("/api/v1/users/{id}/reset-password", place(user)));
        if (made.password) show({ name: user.name, password: made.password });
        told(t("did.reset", { name: user.name }));
      });
    },
    async unlock(user) {
      if (await run(() => ask(api.POST("/api/v1/users/{id}/unlock", place(user))))) told(t("did.unlock", { name: user.name }));
    },
    async end(user) {
      if (!(await sure(user, "end", t("do.end_sessions")))) return;
      if (await run(() => endSessions(user))) told(t("did.end", { name: user.name }));
    },
    async totp(user) {
      if (!(await sure(user, "totp", t("do.totp")))) return;
      await run(async () => {
        const done = await available(call<object>("DELETE", `/api/v1/users/${user.id}/totp`));
        told(done === undefined ? t("totp.missing") : t("did.totp", { name: user.name }));
      });
    },
  };
}

export function useUserActions(after: () => unknown): UserActions & { once: Ref<OneTimePassword | undefined> } {
  const once = ref<OneTimePassword>();
  /** A fault is told and nothing else happens. */
  const run: Runner = async (act) => {
    try {
      await act();
      after();
      return true;
    } catch (cause) {
      toldFault(cause);
      return false;
    }
  };
  return { once, ...accountActions(run), ...signInActions(run, (shown) => (once.value = shown)) };
}
