/** A proof as files that stand alone. Pure. */
import type { MessageView, ProofView } from "../../verify/record";

const FORMAT = "xinlu-proof@1";
const TLOG_PROOF = "c2sp.org/tlog-proof@v1";

/** c2sp.org/tlog-proof, version 1; the entry rides along as extra data, which nothing signs and everybody can hash. */
export function tlogProof(proof: ProofView): string {
  const lines = [TLOG_PROOF, ...(proof.leaf ? [`extra ${proof.leaf}`] : []), `index ${proof.leaf_index ?? 0}`, ...proof.hashes];
  return `${lines.join("\n")}\n\n${proof.checkpoint ?? ""}`;
}

/** All that a stranger's tool needs, and what was proved. */
export function proofFile(record: string, proof: ProofView, message: MessageView | undefined): string {
  const about = { format: FORMAT, record, msgid: message?.msgid, sent_at: message?.sent_at, source: message?.source, seq: message?.seq };
  return `${JSON.stringify({ ...about, ...proof, tlog_proof: tlogProof(proof) }, null, 2)}\n`;
}
