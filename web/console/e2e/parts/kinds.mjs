/** Every kind of message of PROTOCOL.md 3.2 is in the demo's archive, and one that nobody has heard of is shown raw. */
import { readFile } from "node:fs/promises";

async function kindsOfTheConsole() {
  const source = await readFile(new URL("../../src/ui/kinds.ts", import.meta.url), "utf8");
  return [...source.matchAll(/"([a-z_]+)"/g)].map(([, kind]) => kind);
}

async function search(page, body) {
  return page.evaluate(async (sent) => {
    const response = await fetch("/api/v1/messages/search", { method: "POST", headers: { "content-type": "application/json", "x-xinlu": "1" }, body: JSON.stringify(sent) });
    return response.json();
  }, body);
}

export default {
  "all 34 kinds are there to be rendered (conversations.mjs opens each)": async ({ visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const kinds = await kindsOfTheConsole();
    const { facets } = await search(page, { facets: ["kind"], limit: 1 });
    const present = new Set(facets.kind.filter((one) => one.count > 0).map((one) => one.value));
    const missing = kinds.filter((kind) => kind !== "unknown" && !present.has(kind));
    check(kinds.length === 35 && missing.length === 0, `of ${kinds.length} kinds the demo has no ${missing}`);
  },

  "a kind of tomorrow: its name, its words, the object as it came": async ({ run, visit, signIn, check, checkAccess }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const { items } = await search(page, { query: "kind:text", limit: 1 });
    const { record, conversation } = items[0].message;
    await page.route(`**/api/v1/conversations/${conversation}/messages?*`, async (route) => {
      const response = await route.fetch();
      const found = await response.json();
      for (const message of found.items.filter((one) => one.record === record)) {
        Object.assign(message, { kind: "unknown", unknown_kind: "hologram", body: { hologram: { frames: 3, said: "你好" } }, pieces: [{ role: "text", text: "你好" }] });
      }
      await route.fulfill({ response, json: found });
    });
    await page.goto(`${run.url}/conversations/${conversation}?record=${record}`);
    const card = page.locator(`article[data-record="${record}"] .m-card--unknown`);
    await card.waitFor();
    const text = await card.innerText();
    check(text.includes("hologram") && text.includes("你好"), `it reads ${text}`);
    await card.locator("summary").click();
    check((await card.locator(".m-raw__json").innerText()).includes('"frames": 3'), "the object is not shown as it came");
    await checkAccess(page, "a kind of tomorrow");
  },
};
