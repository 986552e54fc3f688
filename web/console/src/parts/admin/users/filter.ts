/** What a name and an expiry must be before the server is asked; the server decides. Pure. */

const NAME = /^[\p{L}\p{N}._\-@]{1,64}$/u;

export function isUserName(name: string): boolean {
  return NAME.test(name.trim());
}

export type UserState = "active" | "disabled" | "removed";

export interface Listed {
  name: string;
  state: UserState;
  roles: { id: number }[];
  /** Locked out after failed sign-ins, until then. */
  locked_until?: string | null;
}

/** What the filter of states calls those who are locked out, whatever their state. */
export const LOCKED = "locked";

export interface UserFilter {
  text: string;
  role?: number | undefined;
  state?: string | undefined;
}

/** The users that fit. The server pages but does not filter, so what is loaded is filtered here. */
export function filterUsers<T extends Listed>(users: readonly T[], filter: UserFilter): T[] {
  const text = filter.text.trim().toLowerCase();
  return users.filter((user) =>
    user.name.toLowerCase().includes(text) &&
    (filter.role === undefined || user.roles.some((role) => role.id === filter.role)) &&
    (!filter.state || (filter.state === LOCKED ? Boolean(user.locked_until) : user.state === filter.state)));
}
