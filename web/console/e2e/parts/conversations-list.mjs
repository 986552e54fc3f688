/** The list of conversations and what a conversation is opened by: last words and their audit entries, titles, days, damage, readers. */
import { openRows, withFlippedBit } from "../database.mjs";

const ask = (page, path) => page.evaluate(async (address) => (await fetch(address)).json(), path);
const WORDS_ENTRIES = "/api/v1/audit?action=conversation.list&limit=200";
const LIVE_WAIT_MS = 6_000;
const DAY_MS = 86_400_000;

/** Conversations that the reader sees, with their last words; this asks as the page does. */
const listed = async (page, query = "limit=20") => (await ask(page, `/api/v1/conversations?${query}`)).items;

const rowOf = (page, id) => page.locator(`.list-row[href="/conversations/${id}"], .list-row[href^="/conversations/${id}?"]`);

async function opened(run, page, path = "/conversations") {
  await page.goto(run.url + path);
  await page.locator(".list-row").first().waitFor();
}

export default {
  "the list tells the last words; each time is written down, live changes do not flood the trail": async ({ run, visit, signIn, check, checkAccess }) => {
    const [page, trail] = [await visit(), await visit()];
    await signIn(page, "auditor");
    await signIn(trail, "audit_administrator");
    const before = (await ask(trail, WORDS_ENTRIES)).items.length;
    const [answer] = await Promise.all([page.waitForResponse((response) => response.url().includes("words=true")), opened(run, page)]);
    const after = (await ask(trail, WORDS_ENTRIES)).items;
    check(after.length === before + 1, `opening the list made ${after.length - before} entries`);
    check(after[0]?.detail?.conversations?.length > 0, "the entry names the conversations");
    const items = (await answer.json()).items.slice(0, 6).filter((one) => one.last?.text);
    check(items.length > 0, "the demo has conversations that end in text");
    for (const one of items) {
      const shown = await rowOf(page, one.id).locator(".list-row__words").innerText();
      check(shown.includes(one.last.text.slice(0, 6)), `${one.id} reads ${shown}, not ${one.last.text}`);
    }
    check((await page.locator(".list-row__words").allInnerTexts()).every((text) => !/undefined|null|NaN/.test(text)), "every line reads");
    const settled = (await ask(trail, WORDS_ENTRIES)).items.length;
    await page.waitForTimeout(LIVE_WAIT_MS);
    check((await ask(trail, WORDS_ENTRIES)).items.length <= settled + 1, "watching the list makes few entries");
    await checkAccess(page, "list with last words");
  },

  "the last words follow the level": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "observer");
    await opened(run, page);
    const items = await listed(page, "limit=20&words=true");
    check(items.every((one) => one.last && !one.last.text), "an observer is told no words");
    check((await page.locator(".list-row__words").first().innerText()).includes("["), "the kind stands for them");
  },

  "the list is narrowed by a title, which stands in the address": async ({ run, visit, signIn, check, shot }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await opened(run, page);
    const group = (await listed(page, "kind=group&limit=1"))[0];
    const words = group.title.slice(0, 2);
    await page.keyboard.press("/");
    await page.keyboard.type(words);
    await page.locator(".finder__hit.is-active", { hasText: `标题含“${words}”的会话` }).waitFor();
    await shot(page, "conversations-title-test");
    await page.keyboard.press("Enter");
    await page.waitForURL((address) => address.searchParams.get("title") === words);
    await page.locator(".filter", { hasText: words }).waitFor();
    await rowOf(page, group.id).waitFor();
    const titles = await page.locator(".list-row__title > .ellipsis").allInnerTexts();
    const found = await listed(page, `title=${encodeURIComponent(words)}&limit=50`);
    check(titles.length > 0 && titles.length <= found.length, `${titles.length} of ${found.length} are drawn`);
    // Titles of names go by all names, of which only some are shown.
    check(found.filter((one) => one.kind === "group").every((one) => one.title.includes(words)), "only such titles");
    await page.getByRole("button", { name: `去掉筛选 ${words}` }).click();
    await page.waitForURL((address) => !address.searchParams.has("title"));
  },

  "a day is opened by its moment": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const [first, last] = [(one) => Date.parse(one.first_at), (one) => Date.parse(one.last_at)];
    const long = (await listed(page, "limit=100")).filter((one) => one.messages > 20).sort((one, other) => last(other) - first(other) - (last(one) - first(one)))[0];
    const middle = new Date((first(long) + last(long)) / 2 + 8 * 3_600_000).toISOString().slice(0, 10);
    const start = Date.parse(`${middle}T00:00:00+08:00`);
    const asked = [];
    page.on("request", (request) => request.url().includes("/messages?") && asked.push(new URL(request.url()).searchParams));
    await page.goto(`${run.url}/conversations/${long.id}`);
    await page.locator(".talk-list article").first().waitFor();
    await page.keyboard.press("d");
    await page.locator(".date-jump input").fill(middle);
    await page.keyboard.press("Enter");
    await page.waitForURL((address) => address.searchParams.get("at") === middle);
    const wanted = await ask(page, `/api/v1/conversations/${long.id}/messages?at=${encodeURIComponent(new Date(start).toISOString())}&limit=1`);
    await page.locator(`article[data-record="${wanted.items[0].record}"]`).waitFor();
    check(Date.parse(wanted.items[0].sent_at) >= start, "the first message of the day or later");
    check(asked.some((query) => query.has("at")) && asked.every((query) => !/-0$/.test(query.get("after") ?? "")), "by the moment, not by a made-up key");
    check(last(long) - first(long) > DAY_MS, "the conversation lasts more than a day");
  },

  "what cannot be shown keeps its place, in red, with the way to its proof": async ({ run, visit, signIn, check, checkAccess, shot }) => {
    const query = await openRows();
    if (!query) throw new Error("no way to alter the demo's rows");
    const page = await visit();
    await signIn(page, "auditor");
    const { items } = await page.evaluate(async () => (await fetch("/api/v1/messages/search", { method: "POST", headers: { "content-type": "application/json", "x-xinlu": "1" }, body: JSON.stringify({ query: "kind:text", limit: 5 }) })).json());
    const { record, conversation } = items[2].message;
    await withFlippedBit(query, record, "body", async () => {
      await page.goto(`${run.url}/conversations/${conversation}?record=${record}`);
      const row = page.locator(`article.message--damaged[data-record="${record}"]`);
      await row.waitFor();
      await row.getByText("这条消息已损坏").waitFor();
      await checkAccess(page, "damaged message");
      await shot(page, "conversation-damaged-test");
      await row.getByRole("button", { name: /验证/ }).click();
      await page.locator(".proof-panel[data-verdict=bad]").waitFor();
    });
    await page.goto(`${run.url}/conversations/${conversation}?record=${record}`);
    await page.locator(`article[data-record="${record}"]:not(.message--damaged)`).waitFor();
  },

  "who read a conversation is told to auditors and not to leaders": async ({ run, visit, signIn, check }) => {
    for (const [user, told] of [["auditor", true], ["team_leader", false]]) {
      const page = await visit();
      await signIn(page, user);
      const id = (await listed(page, "limit=1"))[0].id;
      await page.goto(`${run.url}/conversations/${id}`);
      await page.locator(".talk-list article").first().waitFor();
      await page.getByRole("button", { name: "更多操作" }).click();
      await page.getByRole("menuitem", { name: "打印" }).waitFor();
      check((await page.getByRole("menuitem", { name: "谁看过这个会话" }).count()) === (told ? 1 : 0), `${user} is ${told ? "" : "not "}offered the readers`);
      const status = await page.evaluate(async (path) => (await fetch(path)).status, `/api/v1/conversations/${id}/readers`);
      check(status === (told ? 200 : 403), `${user}: ${status}`);
    }
  },
};
