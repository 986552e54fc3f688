/**
 * Weighs the first load: the page, its entry with all that it imports at once, and the same of the first page one sees (sign-in and
 * home). Fails over the budget; prints the largest other chunks.
 */
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const BUDGET_BYTES = 400 * 1024;
const SHOWN = 8;
const FIRST_PAGES = [/^assets\/SignInPage-/, /^assets\/HomePage-/];

/** What a file needs before it runs: static imports of scripts, links and scripts of the page. */
function needs(files, name) {
  const text = files.get(name) ?? "";
  if (name.endsWith(".html")) return [...text.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path);
  if (!name.endsWith(".js")) return [];
  return [...text.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[\w*{}$,\s]+from\s*)?"(\.[^"]+)"/g)].map(([, path]) => posix.join(posix.dirname(name), path));
}

function closure(files, start, found = new Set()) {
  for (const name of start) {
    if (found.has(name) || !files.has(name)) continue;
    found.add(name);
    closure(files, needs(files, name), found);
  }
  return found;
}

/** The styles that Vite loads with a lazy page carry its name or that of what it imports. */
function stylesOf(names, scripts) {
  const stems = new Set([...scripts].map((name) => name.replace(/-[\w-]{8}\.js$/, "")));
  return names.filter((name) => name.endsWith(".css") && stems.has(name.replace(/-[\w-]{8}\.css$/, "")));
}

/** Weighs what stands in `dist`. */
export async function firstLoad() {
  const names = (await readdir(DIST, { recursive: true })).filter((name) => /\.(js|css|html)$/.test(name));
  const files = new Map(await Promise.all(names.map(async (name) => [name, await readFile(DIST + name, "utf8")])));
  const pages = names.filter((name) => name.endsWith(".js") && FIRST_PAGES.some((page) => page.test(name)));
  if (pages.length < FIRST_PAGES.length) throw new Error("the first pages are not in dist");
  const scripts = closure(files, ["index.html", ...pages]);
  const first = new Set([...scripts, ...stylesOf(names, scripts)]);
  const weight = (name) => gzipSync(files.get(name) ?? "", { level: 9 }).length;
  const weights = new Map(names.map((name) => [name, weight(name)]));
  return { bytes: [...first].reduce((sum, name) => sum + weights.get(name), 0), first: [...first], later: names.filter((name) => !first.has(name)), weights };
}

async function tell() {
  const { bytes, first, later, weights } = await firstLoad();
  const kb = (size) => `${(size / 1024).toFixed(1)} KB`;
  const heaviest = (list) => [...list].sort((one, other) => weights.get(other) - weights.get(one)).slice(0, SHOWN).map((name) => `  ${kb(weights.get(name)).padStart(9)}  ${name}`).join("\n");
  console.log(`first load ${kb(bytes)} gzip of ${kb(BUDGET_BYTES)}, ${first.length} files\n${heaviest(first)}\nlater\n${heaviest(later)}`);
  process.exitCode = bytes <= BUDGET_BYTES ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync(DIST)) await tell();
  else console.log("SKIPPED: there is no build in dist to weigh");
}
