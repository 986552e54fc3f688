/**
 * Hashes and proofs of RFC 6962 (2.1, 2.1.1, 2.1.2), verified as in RFC 9162 2.1.3.2 and 2.1.4.2.
 * Never takes a hash from the server for granted, and never a proof's length: one hash too many or too few is refused.
 */
import { type Bytes, concat, equal } from "./bytes";
import { cryptoHere } from "./crypto";

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

export interface Consistency {
  oldSize: number;
  size: number;
  oldRoot: Bytes;
  root: Bytes;
  path: Bytes[];
}

export async function leafHash(leaf: Uint8Array): Promise<Bytes> {
  return (await cryptoHere()).sha256(concat(LEAF_PREFIX, leaf));
}

export async function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return (await cryptoHere()).sha256(concat(NODE_PREFIX, left, right));
}

/** The root to which the path leads; `undefined` when the path does not fit the index and the size. */
export async function rootOfInclusion(proof: Omit<Inclusion, "root">): Promise<Bytes | undefined> {
  if (!isCount(proof.index) || !isCount(proof.size) || proof.index >= proof.size) return undefined;
  if ([proof.leafHash, ...proof.path].some((hash) => hash.length !== HASH_BYTES)) return undefined;
  const way = new Way(BigInt(proof.index), BigInt(proof.size) - 1n);
  let hash = proof.leafHash;
  for (const sibling of proof.path) {
    if (way.last === 0n) return undefined;
    hash = way.joinsLeft() ? await nodeHash(sibling, hash) : await nodeHash(hash, sibling);
    way.climb();
  }
  return way.last === 0n ? hash : undefined;
}

/** Whether the path leads from the leaf at this index to the root of a tree of this size. */
export async function verifyInclusion(proof: Inclusion): Promise<boolean> {
  const root = await rootOfInclusion(proof);
  return root !== undefined && equal(root, proof.root);
}

/**
 * Whether the tree of `size` leaves begins with the tree of `oldSize` leaves. Between equal sizes the proof is empty and
 * the roots are equal. Every tree begins with the empty one, so a proof from size 0 says nothing and is refused.
 */
export async function verifyConsistency(proof: Consistency): Promise<boolean> {
  const { oldSize, size, oldRoot, root, path } = proof;
  if (!isCount(oldSize) || !isCount(size) || oldSize === 0 || oldSize > size) return false;
  if ([oldRoot, root, ...path].some((hash) => hash.length !== HASH_BYTES)) return false;
  if (oldSize === size) return path.length === 0 && equal(oldRoot, root);
  const old = BigInt(oldSize);
  const height = trailingZeros(old);
  // The subtree that both trees share at the old right edge: the old tree itself if it is perfect.
  const isPerfect = old >> height === 1n;
  const [shared, rest] = isPerfect ? [oldRoot, path] : [path[0], path.slice(1)];
  if (shared === undefined) return false;
  const way = new Way((old - 1n) >> height, (BigInt(size) - 1n) >> height);
  let [oldFound, found] = [shared, shared];
  for (const sibling of rest) {
    if (way.last === 0n) return false;
    if (way.joinsLeft()) {
      oldFound = await nodeHash(sibling, oldFound);
      found = await nodeHash(sibling, found);
    } else {
      found = await nodeHash(found, sibling);
    }
    way.climb();
  }
  return way.last === 0n && equal(oldFound, oldRoot) && equal(found, root);
}

/** A node on its way up: its index and the last index at the same height. */
class Way {
  constructor(private node: bigint, public last: bigint) {}

  /** Whether the next hash stands to the left. At the right edge, heights without a sibling are skipped. */
  joinsLeft(): boolean {
    if (this.node === this.last) {
      const alone = trailingZeros(this.node);
      this.node >>= alone;
      this.last >>= alone;
    }
    return (this.node & 1n) === 1n;
  }

  climb(): void {
    this.node >>= 1n;
    this.last >>= 1n;
  }
}

function trailingZeros(value: bigint): bigint {
  let count = 0n;
  for (let rest = value; rest !== 0n && (rest & 1n) === 0n; rest >>= 1n) count += 1n;
  return count;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
