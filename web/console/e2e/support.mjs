/** What all end-to-end tests use: the browser, signing in, screenshots, axe, and watching for what must not happen. */
import { createHmac } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { quantised } from "./png.mjs";

const BROWSER = process.env.XINLU_BROWSER ?? "/usr/bin/chromium";
const ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-dev-shm-usage"];
export const WAIT_MS = 20_000;
export const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
/** Long enough for the movements of menus and dialogs. */
const SETTLE_MS = 500;
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What axe must not find. */
const SERIOUS = new Set(["serious", "critical"]);

export async function openBrowser() {
  return chromium.launch({ executablePath: BROWSER, args: ARGUMENTS });
}

/** Everything about a run: where the server is, who may sign in, what did not hold. */
export async function makeRun(settings) {
  const complaints = [];
  const url = settings.url.replace(/\/$/, "");
  await mkdir(settings.folder, { recursive: true });
  return { ...settings, url, complaints, complain: (what) => complaints.push(what) };
}

/** A fresh visitor: no cookies, nothing stored, the tour already seen unless `tour`; watched unless it tries what is forbidden. */
export async function visit(run, browser, { size = "wide", scheme = "light", language = "zh-CN", tour = false, watched = true } = {}) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: scheme, locale: language, reducedMotion: "reduce" });
  await context.addInitScript(
    ([wanted, seen]) => {
      if (localStorage.getItem("xinlu.language") === null) localStorage.setItem("xinlu.language", wanted);
      if (seen) localStorage.setItem("xinlu.toured", "1");
    },
    [language, !tour],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  if (watched) watch(run, page);
  return page;
}

/** No request leaves the origin, nothing is refused by the policy, no script fails. */
function watch(run, page) {
  const own = new URL(run.url).host;
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "blob:" && protocol !== "data:" && host !== own) run.complain(`request to ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== own) run.complain(`socket to ${socket.url()}`);
  });
  page.on("pageerror", (error) => run.complain(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // What the server refuses is part of the tests; the browser prints each as an error.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) run.complain(`${page.url()}: console: ${text}`);
  });
}

export function userOf(run, name) {
  const found = run.users.find((user) => user.name === name || user.role === name);
  if (!found) throw new Error(`the demo has no user ${name}`);
  return found;
}

/** Signs in by the form, as people do. */
export async function signIn(run, page, name) {
  const user = userOf(run, name);
  await page.goto(`${run.url}/sign-in`);
  await page.fill("input[name=name]", user.name);
  await page.fill("input[name=password]", user.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((address) => !address.pathname.startsWith("/sign-in"));
}

export async function go(run, page, path) {
  await page.goto(run.url + path);
  await settled(page);
}

/** Nothing loads any more. */
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector("h1, .state__title, main h2") !== null && document.querySelector(".skeleton") === null).catch(() => undefined);
  await page.waitForTimeout(SETTLE_MS);
}

export async function shot(run, page, name) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) run.complain(`${name} is ${overflow} px wider than the screen`);
  await writeFile(join(run.folder, `${name}.png`), quantised(await page.screenshot()));
}

/** Two words of a sentence, or a name of the program's own: names of things (WeCom, kind:image) have one word or are written as code. */
const ENGLISH = /(?<![\w@/:.-])[A-Za-z][a-z']+ [a-z']{2,}(?![\w@/:.-])|^\d+ [a-z]{4,}$|^[a-z]+(_[a-z]+)+$|^\d{4}-\d\d-\d\dT\d\d:/;

/** No English sentence is left on a Chinese page. What people wrote and the texts of licences are theirs. */
export async function checkChinese(run, page, name) {
  const texts = await page.evaluate(() => {
    const theirs = ".code, pre, code, kbd, .message, .hit, .preview__message, .list-row, .m-card, [lang=en], [translate=no], .choice";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent && !parent.closest(theirs) && !["SCRIPT", "STYLE"].includes(parent.tagName) && parent.checkVisibility()) found.push(node.textContent.trim());
    }
    for (const one of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
      if (!one.closest(theirs)) found.push(one.getAttribute("aria-label") ?? "", one.getAttribute("placeholder") ?? "", one.getAttribute("title") ?? "");
    }
    return found;
  });
  for (const text of new Set(texts.filter((one) => ENGLISH.test(one)))) run.complain(`${name}: English is left in Chinese: ${text.slice(0, 120)}`);
}

/** Everything axe finds that is serious or critical. Run from outside the page's policy. */
export async function checkAccess(run, page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const found of violations.filter((one) => SERIOUS.has(one.impact))) {
    const places = found.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary?.split("\n").at(1)?.trim() ?? ""}`);
    run.complain(`axe: ${name}: ${found.id} (${found.impact}, ${found.nodes.length}): ${places.join(" | ")}`);
  }
}

/** Six digits of now (RFC 6238: SHA-1, 30 s), as an app would show them. */
export function totpOf(secret, nowMs = Date.now()) {
  const bits = [...secret.replace(/[\s=]/g, "").toUpperCase()].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const at = hash[hash.length - 1] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export function check(run, held, what) {
  if (!held) run.complain(what);
}
