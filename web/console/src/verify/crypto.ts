/**
 * Hashes and signatures: Web Crypto where the browser has it, else the same in JavaScript (a page on plain http has no Web
 * Crypto at all, and older browsers lack Ed25519). Which one is used is found out by a test vector, never by a name.
 */
import type { Bytes } from "./bytes";

export interface Crypto {
  /** `web` or `script`, for the panel to say. */
  kind: "web" | "script";
  sha256(bytes: Bytes): Promise<Bytes>;
  hmacSha256(key: Bytes, bytes: Bytes): Promise<Bytes>;
  /** Strict (RFC 8032): what is no key or no signature is `false`. */
  verifyEd25519(publicKey: Bytes, signature: Bytes, text: Bytes): Promise<boolean>;
}

type Signatures = Pick<Crypto, "verifyEd25519">;
type Hashes = Pick<Crypto, "sha256" | "hmacSha256">;

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** RFC 8032 section 7.1, test 2. */
const VECTOR = {
  key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  text: "72",
  signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
};

function fromHex(hex: string): Bytes {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function webHashes(subtle: SubtleCrypto): Hashes {
  return {
    sha256: async (bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes)),
    async hmacSha256(key, bytes) {
      const imported = await subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      return new Uint8Array(await subtle.sign("HMAC", imported, bytes));
    },
  };
}

function webSignatures(subtle: SubtleCrypto): Signatures {
  return {
    async verifyEd25519(publicKey, signature, text) {
      if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
      const key = await subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
      return subtle.verify("Ed25519", key, signature, text);
    },
  };
}

async function scriptHashes(): Promise<Hashes> {
  const [{ sha256 }, { hmac }] = await Promise.all([import("@noble/hashes/sha2.js"), import("@noble/hashes/hmac.js")]);
  return {
    sha256: async (bytes) => new Uint8Array(sha256(bytes)),
    hmacSha256: async (key, bytes) => new Uint8Array(hmac(sha256, key, bytes)),
  };
}

async function scriptSignatures(): Promise<Signatures> {
  const [ed25519, { sha512 }] = await Promise.all([import("@noble/ed25519"), import("@noble/hashes/sha2.js")]);
  ed25519.hashes.sha512 = sha512;
  return {
    async verifyEd25519(publicKey, signature, text) {
      if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
      return ed25519.verify(signature, text, publicKey, { zip215: false });
    },
  };
}

/** Whether these tell a good signature from a bad one; what throws does not. */
export async function knowsEd25519(signatures: Signatures): Promise<boolean> {
  const [key, text, signature] = [fromHex(VECTOR.key), fromHex(VECTOR.text), fromHex(VECTOR.signature)];
  const forged = fromHex(VECTOR.signature);
  forged[0] = (forged[0] ?? 0) ^ 1;
  try {
    return (await signatures.verifyEd25519(key, signature, text)) && !(await signatures.verifyEd25519(key, forged, text));
  } catch {
    return false;
  }
}

/** What this browser needs; `subtle` is a parameter for tests. */
export async function detectCrypto(subtle: SubtleCrypto | undefined): Promise<Crypto> {
  const hashes = subtle ? webHashes(subtle) : await scriptHashes();
  if (subtle && (await knowsEd25519(webSignatures(subtle)))) return { kind: "web", ...hashes, ...webSignatures(subtle) };
  return { kind: "script", ...hashes, ...(await scriptSignatures()) };
}

let found: Promise<Crypto> | undefined;

/** Found out once for the page; a failed load is tried again. */
export function cryptoHere(): Promise<Crypto> {
  found ??= detectCrypto(globalThis.crypto?.subtle).catch((cause: unknown) => {
    found = undefined;
    throw cause;
  });
  return found;
}
