/** Conversations: every kind of message, 100 000 messages, masking and reveal, scope, search inside, recall, keyboard, phone, axe. */
import { WAIT_MS } from "../support.mjs";

const LONG = 900_001;
const TOTAL = 100_000;
const OPEN_MS_MAX = 1_000;
const NODES_MAX = 300;
const LAST = Date.parse("2026-11-20T10:00:00Z");
const MINUTE_MS = 60_000;

/** Asks the API as the page's user. */
function ask(page, path, body) {
  return page.evaluate(async ([address, sent]) => {
    const response = await fetch(address, { method: sent ? "POST" : "GET", headers: { "content-type": "application/json", "x-xinlu": "1" }, body: sent && JSON.stringify(sent) });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  }, [path, body]);
}

const search = async (page, query, more = {}) => (await ask(page, "/api/v1/messages/search", { query, limit: 1, ...more })).body;
const row = (page, record) => page.locator(`article[data-record="${record}"]`);
const rows = (page) => page.locator(".talk-list article").count();

async function open(run, page, message) {
  await page.goto(`${run.url}/conversations/${message.conversation}?record=${message.record}`);
  await row(page, message.record).waitFor();
  return row(page, message.record);
}

const member = { kind: "member", id: 1, name: "王芳", external_id: "wangfang" };
const contact = { kind: "contact", id: 9, name: "李四", external_id: "wm9" };

function made(index) {
  const record = 10_000_000 + index;
  return {
    record, conversation: LONG, source: 1, seq: record, msgid: String(record), kind: "text", action: "send", sender: index % 3 ? member : contact, recipients: [], level: "text", media: [],
    sent_at: new Date(LAST - (TOTAL - 1 - index) * MINUTE_MS).toISOString(), observed_at: new Date(LAST).toISOString(), proof: { state: "logged", leaf_index: record },
    body: { content: `第 ${index + 1} 条 ${"长".repeat(index % 80)}` }, pieces: [{ role: "text", text: `第 ${index + 1} 条 ${"长".repeat(index % 80)}` }],
  };
}

/** A conversation of 100 000 messages, answered as the server answers: no server of a test holds one. */
async function layLong(page) {
  const first = LAST - (TOTAL - 1) * MINUTE_MS;
  const indexOf = (key) => (key === "0" ? -1 : Number(key.split("-")[1]) - 10_000_000);
  const view = { id: LONG, kind: "pair", title: "李四、王芳", source: 1, members: [member], contacts: [contact], messages: TOTAL, first_at: new Date(first).toISOString(), last_at: new Date(LAST).toISOString() };
  await page.route("**/api/v1/conversations?*", async (route) => {
    const response = await route.fetch();
    const found = await response.json();
    // Whatever comes in meanwhile, it stays on top.
    const top = { ...view, last_at: "2030-01-01T00:00:00Z" };
    await route.fulfill({ response, json: { ...found, items: [top, ...found.items.filter((one) => one.id !== LONG)] } });
  });
  await page.route(`**/api/v1/conversations/${LONG}`, (route) => route.fulfill({ json: view }));
  await page.route(`**/api/v1/conversations/${LONG}/messages?*`, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const limit = Number(query.get("limit"));
    const [after, before, around, at] = ["after", "before", "around", "at"].map((name) => query.get(name));
    let from = TOTAL - limit;
    if (at !== null) from = Math.ceil((Date.parse(at) - first) / MINUTE_MS);
    if (after !== null) from = indexOf(after) + 1;
    if (before !== null) from = indexOf(before) - limit;
    if (around !== null) from = Number(around) - 10_000_000 - limit / 2;
    const until = Math.min(TOTAL, before !== null ? indexOf(before) : from + limit);
    const start = Math.max(0, from);
    const items = Array.from({ length: until - start }, (_, index) => made(start + index));
    const key = (message) => `${Date.parse(message.sent_at)}000-${message.record}`;
    const newest = [after, before, around, at].every((one) => one === null);
    route.fulfill({ json: { items, previous: start > 0 ? key(items[0]) : undefined, next: !newest && until < TOTAL ? key(items.at(-1)) : undefined } });
  });
}

export default {
  "every kind of message in the archive is shown as what it is": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const { facets } = await search(page, "", { facets: ["kind"] });
    const kinds = facets.kind.filter((kind) => kind.count > 0).map((kind) => kind.value);
    check(kinds.length >= 30, `the demo has only ${kinds.length} kinds`);
    for (const kind of kinds) {
      const { items } = await search(page, `kind:${kind}`);
      const shown = await open(run, page, items[0].message);
      const text = (await shown.textContent()).replaceAll(/\s+/g, " ");
      check(!/undefined|NaN|\[object/.test(text), `${kind} reads ${text}`);
      check((await shown.locator(".bubble, .message__line").count()) === 1, `${kind} has its form`);
      check((await shown.locator(".m-card--unknown").count()) === (kind === "unknown" ? 1 : 0), `${kind} is not shown raw`);
      for (const piece of (items[0].message.pieces ?? []).filter((one) => ["title", "file_name", "name", "place"].includes(one.role))) {
        check(text.includes(piece.text.trim().replaceAll(/\s+/g, " ")), `${kind} does not show ${piece.text}`);
      }
    }
  },

  "100 000 messages: open in a second, few nodes, both ends, a date": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await layLong(page);
    await page.goto(`${run.url}/conversations`);
    // The part's code is there, as it is for whoever reads on from one conversation to the next.
    await page.locator(".list-row").nth(1).click();
    await page.locator(".talk-list article").first().waitFor();
    const took = await page.evaluate(async ([id, last, patience]) => {
      const began = performance.now();
      document.querySelector(`.list-row[href*="/conversations/${id}"]`).click();
      while (!document.querySelector(`article[data-record="${last}"]`) && performance.now() - began < patience) await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return performance.now() - began;
    }, [LONG, 10_000_000 + TOTAL - 1, WAIT_MS]);
    console.log(`  opened 100 000 messages in ${Math.round(took)} ms`);
    check(took <= OPEN_MS_MAX, `opening took ${Math.round(took)} ms`);
    const list = page.locator(".talk-list");
    let most = 0;
    await list.hover();
    for (let turn = 0; turn < 60; turn += 1) {
      await page.mouse.wheel(0, -2_500);
      await page.waitForTimeout(40);
      most = Math.max(most, await rows(page));
    }
    const reached = await page.locator(".talk-list article").first().getAttribute("data-record");
    check(Number(reached) < 10_099_000, `scrolling reached only ${reached}`);
    check(most <= NODES_MAX, `${most} message nodes`);
    console.log(`  at most ${most} message nodes, scrolled up to ${TOTAL - (Number(reached) - 10_000_000)} messages back`);
    const records = await page.locator(".talk-list article").evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().bottom > 0).map((one) => Number(one.dataset.record)));
    check(records.every((record, index) => index === 0 || record === records[index - 1] + 1), `rows are not in order: ${records}`);

    await page.getByRole("button", { name: "回到最新" }).click();
    await row(page, 10_099_999).waitFor();
    await page.keyboard.press("d");
    await page.locator(".date-jump input").fill("2026-10-01");
    await page.keyboard.press("Enter");
    await page.getByText("2026-10-01", { exact: true }).first().waitFor();
    check(new URL(page.url()).searchParams.get("at") === "2026-10-01", "the date stands in the address");
    await page.goto(`${run.url}/conversations/${LONG}?record=10050000`);
    await page.locator(".message--target").waitFor();
    check(await page.locator(".message--target").evaluate((one) => one.getBoundingClientRect().top > 0 && one.getBoundingClientRect().bottom < innerHeight), "the record is in sight");
    check((await rows(page)) <= NODES_MAX, "few nodes around a record");
  },

  "masked content is revealed one by one, and that is written down": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "quality_inspector");
    const conversations = (await ask(page, "/api/v1/conversations?limit=100")).body.items;
    let masked;
    for (const one of conversations) {
      const { items } = (await ask(page, `/api/v1/conversations/${one.id}/messages?limit=100`)).body;
      masked = items.find((message) => message.level === "masked" && message.kind === "text" && message.pieces?.[0]?.text.includes("*"));
      if (masked) break;
    }
    if (!masked) throw new Error("the demo has no masked message");
    const shown = await open(run, page, masked);
    await page.getByText("你看到的是脱敏内容").waitFor();
    const may = (await ask(page, "/api/v1/sessions")).body.grants.some((grant) => grant.permission === "archive.reveal");
    check((await shown.getByRole("button", { name: "查看", exact: true }).count()) === (may ? 1 : 0), "who may not reveal is not offered it");
    await shown.getByRole("button", { name: "查看", exact: true }).click();
    await page.getByText("这次查看已记入审计").waitFor();
    check(!(await shown.locator(".bubble").innerText()).includes("****"), "the original is shown");
    const trail = await visit();
    await signIn(trail, "audit_administrator");
    const entries = (await ask(trail, "/api/v1/audit?action=message.reveal&limit=5")).body.items;
    check(entries.some((entry) => `${entry.target} ${JSON.stringify(entry.detail)}`.includes(String(masked.record))), "the audit trail has the reveal");
  },

  "a team leader sees the own department and nothing else": async ({ run, visit, signIn, check }) => {
    const [leader, auditor] = [await visit(), await visit()];
    await signIn(leader, "team_leader");
    await signIn(auditor, "auditor");
    const ids = async (page) => (await ask(page, "/api/v1/conversations?limit=200")).body.items.map((one) => one.id);
    const [seen, all] = [new Set(await ids(leader)), await ids(auditor)];
    const other = all.find((id) => !seen.has(id));
    check(other !== undefined, "the auditor sees more");
    await leader.goto(`${run.url}/conversations/${other}`);
    await leader.locator(".talk .state__title", { hasText: "没有找到" }).waitFor();
    check((await leader.locator(".talk-list article").count()) === 0, "nothing of it is shown");
    await leader.goto(`${run.url}/conversations`);
    await leader.locator(".list-row").first().waitFor();
  },

  "search inside a conversation marks exactly, and goes from match to match": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const { items } = await search(page, "kind:text", { limit: 50 });
    const found = items.map((item) => item.message).find((message) => /^[\u4e00-\u9fff]{4,}/.test(message.pieces?.[0]?.text ?? ""));
    const words = found.pieces[0].text.slice(0, 4);
    await page.goto(`${run.url}/conversations/${found.conversation}`);
    await page.locator(".talk-list article").first().waitFor();
    await page.keyboard.press("/");
    await page.locator(".talk-search input").fill(words);
    await page.locator(".message--target mark").first().waitFor();
    check((await page.locator(".message--target mark").first().innerText()) === words, "the mark is the words");
    check(/^\d+ \/ \d+$/.test((await page.locator(".talk-search__told").innerText()).trim()), "the counter counts");
    check(new URL(page.url()).searchParams.get("q") === words, "the search stands in the address");
    await page.keyboard.press("Escape");
    await page.locator(".talk-search").waitFor({ state: "detached" });
    check((await page.locator("mark").count()) === 0, "marks go with the search");
  },

  "a recalled message is struck through and linked both ways": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const { items } = await search(page, "kind:revoke", { limit: 30 });
    const recall = items.map((item) => item.message).find((message) => message.revokes);
    if (!recall) throw new Error("the demo has no recall whose original is here");
    const shown = await open(run, page, recall);
    await shown.getByRole("button", { name: "显示原文" }).click();
    const original = shown.locator(".message__original");
    await original.waitFor();
    check((await original.evaluate((one) => getComputedStyle(one).textDecorationLine)) === "line-through", "the original is struck through");
    await shown.getByRole("button", { name: "跳到原消息" }).click();
    await row(page, recall.revokes).and(page.locator(".message--recalled.message--target")).waitFor();
    await row(page, recall.revokes).getByRole("button", { name: "查看撤回记录" }).click();
    await row(page, recall.record).and(page.locator(".message--target")).waitFor();
  },

  "reading by keyboard alone": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const { items } = await search(page, "kind:image");
    await page.goto(`${run.url}/conversations`);
    await page.locator(".list-row").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    check((await page.evaluate(() => document.activeElement?.classList.contains("list-row"))) === true, "j moves in the list");
    await page.keyboard.press("Enter");
    await page.locator(".talk-list article").first().waitFor();
    await open(run, page, items[0].message);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("j");
    await page.waitForFunction((record) => document.activeElement?.dataset.record === String(record), items[0].message.record);
    await page.locator(".message--target .m-picture__image").waitFor();
    await page.keyboard.press("Enter");
    await page.locator("dialog.m-viewer[open] .m-viewer__image").waitFor();
    await page.keyboard.press("+");
    await page.keyboard.press("r");
    check((await page.locator(".m-viewer__image").getAttribute("style")).includes("rotate(90deg) scale(1.25)"), "the viewer zooms and turns");
    await page.keyboard.press("Escape");
    await page.locator("dialog.m-viewer").waitFor({ state: "detached" });
    await page.keyboard.press("p");
    await page.waitForURL(/proof=\d+/);
    await page.keyboard.press("Escape");
    await page.goto(`${run.url}/conversations/${items[0].message.conversation}`);
    await page.locator(".talk-list article").first().waitFor();
    await page.keyboard.press("i");
    await page.locator(".facts-panel").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".facts-panel").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await page.waitForURL(/\/conversations$/);
  },

  "a file previews in place": async ({ run, visit, signIn, check }) => {
    const first = await visit();
    await signIn(first, "auditor");
    // The browser's own PDF viewer is made of pages of its own; this page is not watched for what it asks.
    const page = await first.context().newPage();
    await page.goto(`${run.url}/conversations`);
    const { items } = await search(page, "kind:file", { limit: 100 });
    const pdf = items.map((item) => item.message).find((message) => message.media[0]?.state === "stored" && /\.pdf$/i.test(message.media[0].name ?? ""));
    if (!pdf) throw new Error("the demo has no PDF");
    const shown = await open(run, page, pdf);
    await shown.locator(".m-file__open").click();
    const preview = page.locator("dialog.m-preview[open]");
    await preview.locator("iframe, .m-preview__none").first().waitFor();
    check((await preview.locator("iframe").getAttribute("src").catch(() => ""))?.startsWith("blob:"), "the PDF stands in a frame of its bytes");
    await page.keyboard.press("Escape");
  },

  "on a phone one column at a time": async ({ run, visit, signIn, check, shot }) => {
    const page = await visit({ size: "phone", scheme: "dark" });
    await signIn(page, "auditor");
    await page.goto(`${run.url}/conversations`);
    await page.locator(".list-row").first().click();
    await page.locator(".talk-list article").first().waitFor();
    check(!(await page.locator(".list").isVisible()), "the list gives way");
    await shot(page, "conversation-phone-test");
    await page.getByRole("button", { name: "返回会话列表" }).click();
    await page.locator(".list").waitFor();
    check(!(await page.locator(".talk").isVisible()), "and comes back");
    await page.getByRole("button", { name: "按部门和成员筛选" }).click();
    await page.getByRole("treeitem").first().waitFor();
  },

  "axe: messages, facts, search, viewer, dialogs": async ({ run, visit, signIn, checkAccess }) => {
    for (const [scheme, language] of [["light", "zh-CN"], ["dark", "en"]]) {
      const page = await visit({ scheme, language });
      await signIn(page, "auditor");
      const kinds = ["chatrecord", "voice", "location", "file", "revoke", "collect"];
      for (const kind of kinds) {
        const { items } = await search(page, `kind:${kind}`);
        await open(run, page, items[0].message);
        await page.waitForTimeout(500);
        await checkAccess(page, `conversation with ${kind} ${scheme}`);
      }
      const { items } = await search(page, "kind:image");
      const { conversation } = items[0].message;
      for (const query of ["panel=facts", "panel=readers", "panel=export", `q=${encodeURIComponent("的")}`]) {
        await page.goto(`${run.url}/conversations/${conversation}?${query}`);
        await page.locator(".talk-list article").first().waitFor({ timeout: WAIT_MS });
        await page.waitForTimeout(900);
        await checkAccess(page, `conversation ${query} ${scheme}`);
      }
      await open(run, page, items[0].message);
      await page.locator(".message--target .m-picture__image").waitFor();
      await page.locator(".message--target .m-picture").click();
      await page.locator(".m-viewer__image").waitFor();
      await checkAccess(page, `viewer ${scheme}`);
    }
  },
};
