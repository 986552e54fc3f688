/** Who is told who read a conversation: whoever reads everybody's, or the audit trail. The server decides; this only spares a refusal. */
import type { Schemas } from "../../api/client";

export function seesReaders(me: Pick<Schemas["Me"], "grants"> | undefined): boolean {
  return (me?.grants ?? []).some((grant) => grant.permission === "audit.read" || (grant.permission === "conversation.read" && grant.everybody));
}
