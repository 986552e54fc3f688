/** Sessions, set-up and the state of intake. */
import type { Schemas } from "../../api/client";
import type { OwnSession, TotpState } from "../../api/account";
import { fault, on } from "..";

const PERMISSIONS = ["conversation.read", "contact.read", "consent.read", "member.read", "member.manage", "archive.status", "archive.verify", "user.manage", "user.read", "role.read", "role.manage", "api_key.manage", "channel.manage", "audit.read", "archive.reveal"];

const ME: Schemas["Me"] = {
  user: 1,
  name: "auditor",
  totp: false,
  password_due: false,
  roles: [{ id: 4, code: "auditor", name: "Compliance auditor" }],
  grants: PERMISSIONS.map((permission) => ({ permission, everybody: true, level: "text" })),
};

const CODES = ["k3m9-77ap", "q4ze-m2xn", "t8wd-5hgy", "9vca-rr3e", "h6jn-p4sx", "w2fu-8kty", "x5be-n7qm", "d9gs-a3vz", "m4ry-6chw", "u7pt-z2dk"];
const totp: TotpState = { enabled: false, recovery_codes_left: 0 };
let sessions: OwnSession[] = [
  { id: 11, created_at: "2026-11-21T09:12:00Z", used_at: "2026-11-21T18:20:00Z", address: "10.2.3.4", agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36", current: true },
  { id: 12, created_at: "2026-11-20T02:00:00Z", used_at: "2026-11-20T11:31:09Z", address: "10.2.9.77", agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) wxwork/4.1.38 MicroMessenger", current: false },
];
/** Mock sign-in: the password `totp` wants a second factor, any six digits but 000000 are right. */
interface Typed {
  password?: string;
  totp?: string;
}

function signIn(body: unknown): unknown {
  const typed = body as Typed;
  if (typed.password === "wrong") return fault(401, "identity.sign_in_failed");
  if (typed.password === "totp" && typed.totp === undefined) return fault(401, "identity.totp_required");
  if (typed.totp === "000000") return fault(401, "identity.totp_wrong");
  return { user: 1, ends_at: "2027-01-01T00:00:00Z", password_due: false };
}

export default [
  on("GET", "/api/v1/sessions", () => ME),
  on("POST", "/api/v1/sessions", ({ body }) => signIn(body)),
  on("DELETE", "/api/v1/sessions", () => ({ done: true })),
  on("DELETE", "/api/v1/sessions/all", () => ({ ended: sessions.length })),
  on("PUT", "/api/v1/sessions/password", () => ({ done: true })),
  on("GET", "/api/v1/sessions/totp", () => totp),
  on("POST", "/api/v1/sessions/totp", () => ({ secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", uri: "otpauth://totp/Xinlu:auditor?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Xinlu" })),
  on("PUT", "/api/v1/sessions/totp", ({ body }) => {
    if ((body as { code: string }).code === "000000") return fault(401, "identity.totp_wrong");
    Object.assign(totp, { enabled: true, recovery_codes_left: CODES.length });
    return { recovery_codes: CODES };
  }),
  on("DELETE", "/api/v1/sessions/totp", () => Object.assign(totp, { enabled: false, recovery_codes_left: 0 })),
  on("GET", "/api/v1/sessions/list", () => ({ sessions })),
  on("DELETE", "/api/v1/sessions/list/{id}", ({ params }) => {
    sessions = sessions.filter((one) => String(one.id) !== params["id"]);
    return { done: true };
  }),
  on("GET", "/api/v1/setup", () => ({ needed: false })),
];
