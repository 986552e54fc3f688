/**
 * A plugin of the build: writes to `bundled.json` which packages the console is bundled of, by their places in the lock file.
 * `cargo xtask gen` makes the list of licences from it, so it is kept in the repository.
 */
import { readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL("../../", import.meta.url));
const LIST = fileURLToPath(new URL("../bundled.json", import.meta.url));
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** `…/web/node_modules/@a/b/c.js` → `node_modules/@a/b`. */
export function placeOf(module) {
  const path = relative(WEB, module.replace(/^\0/, "").replace(/\?.*$/, "")).replaceAll("\\", "/");
  return path.startsWith("..") ? undefined : PACKAGE.exec(path)?.[0];
}

export function packages() {
  return {
    name: "xinlu-packages",
    apply: "build",
    async generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === "chunk" ? Object.keys(chunk.modules) : []));
      const found = [...new Set(modules.map(placeOf).filter((place) => place !== undefined))].sort();
      const text = `${JSON.stringify(found, null, 1)}\n`;
      if ((await readFile(LIST, "utf8").catch(() => "")) !== text) await writeFile(LIST, text);
    },
  };
}
