/**
 * Hashes and inclusion proofs of RFC 6962 (2.1, 2.1.1), verified as in RFC 9162 2.1.3.2.
 * Never takes a hash from the server for granted: every node on the way is computed here.
 */
import { type Bytes, concat, equal, sha256 } from "./bytes";

export const HASH_BYTES = 32;
const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

export interface Inclusion {
  index: number;
  size: number;
  leafHash: Bytes;
  path: Bytes[];
  root: Bytes;
}

export function leafHash(leaf: Uint8Array): Promise<Bytes> {
  return sha256(concat(LEAF_PREFIX, leaf));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(concat(NODE_PREFIX, left, right));
}

/** Whether the path leads from the leaf at this index to the root of a tree of this size. */
export async function verifyInclusion(proof: Inclusion): Promise<boolean> {
  if (!isCount(proof.index) || !isCount(proof.size) || proof.index >= proof.size) return false;
  if ([proof.leafHash, ...proof.path].some((hash) => hash.length !== HASH_BYTES)) return false;
  let node = BigInt(proof.index);
  let last = BigInt(proof.size) - 1n;
  let hash = proof.leafHash;
  for (const sibling of proof.path) {
    if (last === 0n) return false;
    if (isOdd(node) || node === last) {
      hash = await nodeHash(sibling, hash);
      while (!isOdd(node) && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(hash, proof.root);
}

function isOdd(value: bigint): boolean {
  return (value & 1n) === 1n;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
