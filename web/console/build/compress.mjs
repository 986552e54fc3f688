/** Writes `NAME.gz` beside what of `dist` gets smaller by it; the server hands these out as they are. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const TEXT = /\.(js|css|html|svg|json|txt|wasm)$/;
const BYTES_MIN = 512;
const LEVEL = 9;

for (const name of await readdir(DIST, { recursive: true })) {
  if (!TEXT.test(name)) continue;
  const plain = await readFile(DIST + name);
  const packed = gzipSync(plain, { level: LEVEL });
  if (plain.length >= BYTES_MIN && packed.length < plain.length) await writeFile(`${DIST + name}.gz`, packed);
}
