/** On which side a message stands: contacts left, the company's own right. Pure. */
import type { MessageView } from "../../api/types";

/** Between members alone, the one who spoke first in what is shown stands left. */
export function isOwnSide(message: MessageView, all: readonly MessageView[]): boolean {
  const parties = all.flatMap((one) => [one.sender, ...one.recipients]);
  const outside = parties.some((party) => party.kind === "contact");
  if (outside) return message.sender.kind !== "contact";
  const first = all[0]?.sender;
  return first !== undefined && (message.sender.external_id ?? message.sender.id) !== (first.external_id ?? first.id);
}
