/**
 * End-to-end tests in a real browser against a real server.
 *
 *   XINLU_DEMO=…/demo.json node e2e/run.mjs [tests|axe|shots|all] [FOLDER]
 *
 * XINLU_DEMO is what `xinlu demo` wrote (address and users); XINLU_URL overrides its address; XINLU_BINARY lets the first run be tested on a
 * server of its own. `tests` runs `parts/*.mjs` (XINLU_PARTS names some), `axe` looks at every page in light and dark, `shots`
 * photographs the twelve main pages in both sizes and schemes into FOLDER (XINLU_SHOTS names some). Exit code 1: something did not
 * hold; a scenario that cannot run does not hold.
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { PAGES, SHOTS } from "./pages.mjs";
import * as support from "./support.mjs";

const [what = "all", folder = "shots"] = process.argv.slice(2);
const SCHEMES = ["light", "dark"];
/** Both languages are seen in both sizes. */
const languageOf = (scheme) => (scheme === "dark" ? "en" : "zh-CN");

async function settings() {
  const path = process.env.XINLU_DEMO;
  if (!path) throw new Error("set XINLU_DEMO to the demo.json of a running demo");
  const demo = JSON.parse(await readFile(path, "utf8"));
  return { url: process.env.XINLU_URL ?? demo.url, users: demo.users, binary: process.env.XINLU_BINARY, folder };
}

/** A browser that died takes only its own scenario with it. */
let browser;
async function alive() {
  if (!browser?.isConnected()) browser = await support.openBrowser();
  return browser;
}

async function tests(run) {
  const here = new URL("./parts/", import.meta.url);
  const wanted = process.env.XINLU_PARTS?.split(",");
  for (const file of (await readdir(here)).filter((name) => name.endsWith(".mjs")).sort()) {
    const name = file.replace(/\.mjs$/, "");
    if (wanted && !wanted.includes(name)) continue;
    const { default: scenarios } = await import(new URL(file, here));
    for (const [title, scenario] of Object.entries(scenarios)) await one(run, `${name}: ${title}`, scenario);
  }
}

/** One scenario with pages of its own; what it throws is a complaint with a photograph. */
async function one(run, title, scenario) {
  const before = run.complaints.length;
  const began = Date.now();
  const pages = [];
  const visit = async (options) => {
    const page = await support.visit(run, await alive(), options);
    pages.push(page);
    return page;
  };
  try {
    const hindered = await scenario({ run, visit, ...bound(run) });
    if (hindered !== undefined) run.complain(`${title}: could not run: ${hindered}`);
    console.log(`${run.complaints.length > before ? "✗" : "✓"} ${title} ${Date.now() - began} ms`);
  } catch (cause) {
    run.complain(`${title}: ${cause.message.split("\n").slice(0, 4).join(" ")}`);
    console.log(`✗ ${title}`);
    const last = pages.at(-1);
    await last?.screenshot({ path: join(run.folder, `failed-${title.replace(/\W+/g, "-")}.png`) }).catch(() => undefined);
  }
  for (const page of pages) await page.context().close().catch(() => undefined);
}

/** The helpers with the run already given. */
function bound(run) {
  const give = (helper) => (...rest) => helper(run, ...rest);
  return { signIn: give(support.signIn), go: give(support.go), shot: give(support.shot), checkAccess: give(support.checkAccess), check: give(support.check), userOf: (name) => support.userOf(run, name) };
}

/** Visits the pages, one visitor for each user. */
async function each(run, pages, options, look) {
  const users = [...new Set(pages.map((page) => page.user))];
  for (const user of users) {
    const page = await support.visit(run, await alive(), options);
    if (user) await support.signIn(run, page, user);
    for (const wanted of pages.filter((one) => one.user === user)) {
      try {
        await support.go(run, page, wanted.path);
        await look(page, wanted);
      } catch (cause) {
        run.complain(`${wanted.name}: ${cause.message.split("\n")[0]}`);
      }
    }
    await page.context().close();
  }
}

async function axe(run) {
  for (const scheme of SCHEMES) {
    await each(run, PAGES, { scheme, language: languageOf(scheme) }, async (page, wanted) => {
      await support.checkAccess(run, page, `${wanted.name} ${scheme}`);
      if (languageOf(scheme) === "zh-CN") await support.checkChinese(run, page, wanted.name);
    });
  }
  console.log(`· axe looked at ${PAGES.length} pages, light and dark`);
}

async function shots(run) {
  const wanted = process.env.XINLU_SHOTS?.split(",");
  const shown = SHOTS.filter((page) => !wanted || wanted.includes(page.name));
  for (const size of Object.keys(support.SIZES)) {
    for (const scheme of SCHEMES) {
      for (const one of shown) await photograph(run, one, { size, scheme, language: languageOf(scheme) });
    }
  }
  console.log(`· ${shown.length} pages photographed in two sizes and schemes into ${run.folder}`);
}

/** A visitor of its own for each: nothing of another page is left open on it. */
async function photograph(run, one, options) {
  const page = await support.visit(run, await alive(), options);
  const name = `${one.name}-${options.size}-${options.scheme}`;
  try {
    if (one.user) await support.signIn(run, page, one.user);
    await one.steps({ page, go: (path) => support.go(run, page, path) });
    await support.settled(page);
    await support.shot(run, page, name);
    if (options.language === "zh-CN") await support.checkChinese(run, page, name);
  } catch (cause) {
    run.complain(`${name}: ${cause.message.split("\n")[0]}`);
  }
  await page.context().close();
}

const run = await support.makeRun(await settings());
try {
  if (what === "tests" || what === "all") await tests(run);
  if (what === "axe" || what === "all") await axe(run);
  if (what === "shots") await shots(run);
} finally {
  await browser?.close();
}
for (const complaint of new Set(run.complaints)) console.error(`✗ ${complaint}`);
console.log(run.complaints.length === 0 ? "✓ all held" : `${new Set(run.complaints).size} complaints`);
process.exitCode = run.complaints.length === 0 ? 0 : 1;
