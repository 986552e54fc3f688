/**
 * How long a person waits in the console (`cargo xtask bench typing`). Prints one JSON object.
 *
 *   XINLU_URL=… XINLU_NAME=… XINLU_PASSWORD=… [XINLU_MESSAGES=… XINLU_ONE_TALK=…] node bench/typing.mjs
 *
 * Queries are typed letter by letter at the pace of people; the clock runs in the page, from the last key to the frame in which the
 * hits of the whole query are on the screen. The debounce is part of it. Nothing is asserted: the machine is shared.
 */
import { openBrowser, signIn, visit } from "../e2e/support.mjs";
import { firstLoad } from "../build/size.mjs";

const KEY_MS = { least: 90, spread: 90 };
/** Between two queries, so that what is left of one does not count for the next. */
const PAUSE_MS = 400;
const SCROLLS = 60;
const OPENS = 5;
const SECOND_MS = 1_000;
const WORDS = [
  "退款", "订单", "发货", "物流", "发票", "抬头", "税号", "报告", "门诊", "王医生", "登录", "报错", "课程表", "周六", "保单", "受益人", "柜台", "报价单", "违约金", "合同",
  "起购金额", "封闭期", "九十天", "理财产品", "产品说明书", "三个工作日", "原路退回", "第五条", "身份证", "麻烦",
];
const QUERIES = [
  ...WORDS, "E1024", "v2.3", "12345", "777", "90000", "嗯嗯", "谢谢", "您好", "退款 到账", "订单 三天", "\"公司抬头\"", "报价单 v2", "保单 OR 合同", "退款 -到账",
  "kind:text 发票", "after:2026-06-01 退款", "before:2026-03-01 课程", "from:member7 退款", "with:member42", "from:member3 合同", "after:30d", "发货 after:2026-05", "物流信息", "预计三个工作日到账",
];

/** Runs in the page: notes when the box changed last and when the answer to all of it was painted. */
function watchTyping() {
  const box = () => document.querySelector(".query__input");
  window.typed = { at: 0, done: undefined };
  document.addEventListener("input", (event) => event.target === box() && (window.typed.at = performance.now()), true);
  const settled = (wanted) => {
    if (new URL(location.href).searchParams.get("q") !== wanted || document.querySelector(".hits--stale, [aria-busy=true]")) return false;
    const asked = performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/messages/search")).at(-1);
    return asked !== undefined && asked.startTime >= window.typed.at && asked.responseEnd > 0 && document.querySelector(".hit, .search__results .state") !== null;
  };
  window.waitForHits = (wanted, patienceMs) => new Promise((resolve, reject) => {
    const until = performance.now() + patienceMs;
    const look = () => {
      if (!settled(wanted)) return performance.now() > until ? reject(new Error(`no hits for ${wanted}`)) : void requestAnimationFrame(look);
      // The next task after a frame runs when that frame is painted.
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve({ ms: performance.now() - window.typed.at, hits: document.querySelectorAll(".hit").length, server: performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/messages/search")).at(-1).duration });
        channel.port2.postMessage(0);
      });
    };
    look();
  });
}

/** Deterministic, so that two runs type alike. */
function pace(seed) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return KEY_MS.least + (state / 2 ** 31) * KEY_MS.spread;
  };
}

async function typeQueries(page, url) {
  await page.goto(`${url}/search`);
  await page.locator(".query__input").waitFor();
  await page.evaluate(watchTyping);
  const nextMs = pace(7);
  const waits = [];
  for (const query of QUERIES) {
    await page.locator(".query__input").focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.waitForTimeout(PAUSE_MS);
    await page.evaluate(() => performance.clearResourceTimings());
    const letters = [...query];
    for (const [at, letter] of letters.entries()) {
      await page.keyboard.insertText(letter);
      if (at < letters.length - 1) await page.waitForTimeout(nextMs());
    }
    waits.push({ query, ...(await page.evaluate(([wanted, patience]) => window.waitForHits(wanted, patience), [query, 10 * SECOND_MS])) });
  }
  return waits;
}

/** Opens the conversation that spoke last, each time from another one, and scrolls up in it. */
async function openLongTalk(page, url) {
  await page.goto(`${url}/conversations`);
  const times = [];
  for (let turn = 0; turn < OPENS; turn += 1) {
    await page.locator(".list-row").nth(turn + 1).click();
    await page.locator(".talk-list article").first().waitFor();
    await page.waitForTimeout(PAUSE_MS);
    times.push(await page.evaluate(async () => {
      const before = document.querySelector(".talk-list article")?.dataset.record;
      const began = performance.now();
      document.querySelector(".list-row").click();
      while ([undefined, before].includes(document.querySelector(".talk-list article")?.dataset.record)) await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return performance.now() - began;
    }));
  }
  let most = 0;
  await page.locator(".talk-list").hover();
  for (let turn = 0; turn < SCROLLS; turn += 1) {
    await page.mouse.wheel(0, -2_500);
    await page.waitForTimeout(40);
    most = Math.max(most, await page.locator(".talk-list article").count());
  }
  return { times, most };
}

const round = (number) => Math.round(number * 10) / 10;
function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0);
}

const { XINLU_URL: url, XINLU_NAME: name, XINLU_PASSWORD: password, XINLU_MESSAGES: messages, XINLU_ONE_TALK: oneTalk } = process.env;
if (!url || !name || !password) throw new Error("set XINLU_URL, XINLU_NAME and XINLU_PASSWORD");
const complaints = [];
const run = { url, users: [{ name, role: name, password }], complain: (what) => complaints.push(what) };
const browser = await openBrowser();
try {
  const page = await visit(run, browser, {});
  await signIn(run, page, name);
  // Once unmeasured: what is loaded first is loaded for everybody.
  await page.goto(`${url}/search?q=退款`);
  await page.locator(".hit").first().waitFor();
  const waits = await typeQueries(page, url);
  const long = await openLongTalk(page, url);
  const slowest = [...waits].sort((one, other) => other.ms - one.ms).slice(0, 3).map((one) => `${one.query}: ${round(one.ms)}`);
  console.log(JSON.stringify({
    messages: Number(messages ?? 0),
    queries: waits.length,
    typed_to_painted_ms_p50: quantile(waits.map((one) => one.ms), 0.5),
    typed_to_painted_ms_p95: quantile(waits.map((one) => one.ms), 0.95),
    typed_to_painted_ms_worst: quantile(waits.map((one) => one.ms), 1),
    of_which_request_ms_p50: quantile(waits.map((one) => one.server), 0.5),
    of_which_request_ms_p95: quantile(waits.map((one) => one.server), 0.95),
    slowest,
    typed_bar_ms: 300,
    talk_messages: Number(oneTalk ?? 0),
    talk_open_ms_median: quantile(long.times, 0.5),
    talk_open_ms_worst: quantile(long.times, 1),
    talk_open_bar_ms: 1_000,
    talk_message_nodes_most: long.most,
    talk_message_nodes_bar: 300,
    first_load_gzip_bytes: (await firstLoad()).bytes,
    first_load_bar_bytes: 400 * 1024,
    complaints,
  }));
} finally {
  await browser.close();
}
