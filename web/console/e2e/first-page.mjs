/**
 * Walks through the page in a real browser: sign in, numbers, search, the hit's conversation, a proof that turns green.
 *
 *   XINLU_URL=http://127.0.0.1:… XINLU_USER=… XINLU_PASSWORD=… node e2e/first-page.mjs [FOLDER]
 *
 * XINLU_WORD (退款) is what is searched for; screenshots go to FOLDER (`shots`). Exit code 1: something did not hold.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const BROWSER = process.env.XINLU_BROWSER ?? "/usr/bin/chromium";
const ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"];
const WAIT_MS = 20_000;
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}`);
  return value;
};

const settings = {
  url: required("XINLU_URL").replace(/\/$/, ""),
  user: required("XINLU_USER"),
  password: required("XINLU_PASSWORD"),
  word: process.env.XINLU_WORD ?? "退款",
  folder: process.argv[2] ?? "shots",
};

/** Fails on any request elsewhere and on anything the page complains of. */
function watch(page, complaints) {
  page.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(settings.url) && !address.startsWith("blob:") && !address.startsWith("data:")) complaints.push(`request to ${address}`);
  });
  page.on("console", (message) => message.type() === "error" && complaints.push(`console: ${message.text()} ${message.location().url}`));
  page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
}

async function shot(page, name, complaints) {
  await page.waitForTimeout(350);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const wide = await page.evaluate(() => [".side", ".side__scroll", ".pane", ".talk__scroll", ".proof__body"].filter((name) => [...document.querySelectorAll(name)].some((one) => one.scrollWidth > one.clientWidth)));
  if (wide.length > 0) complaints.push(`${name}: ${wide.join(" ")} overflow`);
  if (overflow > 0) complaints.push(`${name} is ${overflow} px wider than the screen`);
  await page.screenshot({ path: join(settings.folder, `${name}.png`) });
}

async function walk(page, name, complaints) {
  await page.goto(`${settings.url}/`);
  await page.locator("input[name=name]").waitFor({ timeout: WAIT_MS });
  await shot(page, `${name}-1-sign-in`, complaints);
  await page.fill("input[name=name]", settings.user);
  await page.fill("input[name=password]", settings.password);
  await page.keyboard.press("Enter");

  await page.waitForFunction(() => /^[\d,]*[1-9][\d,]*$/.test(document.querySelector("[data-stage=archived]")?.textContent ?? ""), undefined, { timeout: WAIT_MS });
  await page.waitForTimeout(name.startsWith("wide-light-zh") ? 9000 : 2500);
  await shot(page, `${name}-2-intake`, complaints);

  await page.click("a[href='#/search']");
  await page.fill("input[name=q]", settings.word);
  await page.keyboard.press("Enter");
  const hit = page.locator(".hit", { has: page.locator("mark") }).first();
  await hit.waitFor({ timeout: WAIT_MS });
  await shot(page, `${name}-3-search`, complaints);

  const record = await hit.getAttribute("data-record");
  await hit.click();
  const target = page.locator(`.message--target[data-record="${record}"]`);
  await target.waitFor({ timeout: WAIT_MS });
  await page.waitForTimeout(1500);
  await shot(page, `${name}-4-conversation`, complaints);

  await target.locator("[data-proof]").click();
  await page.locator(".proof[data-verdict=good]").waitFor({ timeout: WAIT_MS });
  const green = await page.locator(".step[data-status=good]").count();
  if (green !== 5) complaints.push(`${green} of 5 steps are green`);
  await shot(page, `${name}-5-proof`, complaints);
}

async function session(size, scheme, language, complaints) {
  const profile = await mkdtemp(join(tmpdir(), "xinlu-e2e-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath: BROWSER, args: ARGUMENTS, viewport: SIZES[size], colorScheme: scheme, locale: language });
  try {
    await context.addInitScript((wanted) => localStorage.getItem("xinlu.language") === null && localStorage.setItem("xinlu.language", wanted), language);
    const page = context.pages()[0] ?? (await context.newPage());
    watch(page, complaints);
    const name = `${size}-${scheme}-${language.slice(0, 2)}`;
    await walk(page, name, complaints).catch(async (cause) => {
      await page.screenshot({ path: join(settings.folder, `${name}-failed.png`) });
      complaints.push(`${name}: ${cause.message}`);
    });
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

const complaints = [];
await mkdir(settings.folder, { recursive: true });
const runs = process.env.XINLU_E2E_ALL === "1" ? Object.keys(SIZES).flatMap((size) => ["light", "dark"].flatMap((scheme) => ["zh-CN", "en"].map((language) => [size, scheme, language]))) : [["wide", "light", "zh-CN"], ["phone", "dark", "en"]];
for (const [size, scheme, language] of runs) await session(size, scheme, language, complaints);
for (const complaint of new Set(complaints)) console.error(`✗ ${complaint}`);
console.log(complaints.length === 0 ? `✓ first page: ${runs.length} walks, screenshots in ${settings.folder}` : `${complaints.length} complaints`);
process.exitCode = complaints.length === 0 ? 0 : 1;
