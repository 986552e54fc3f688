/** The pages that axe looks at, and the twelve that are photographed for docs/screenshots. */
export const PAGES = [
  { name: "sign-in", path: "/sign-in" },
  { name: "home", path: "/", user: "system_administrator" },
  { name: "home-leader", path: "/", user: "team_leader" },
  { name: "conversations", path: "/conversations", user: "auditor" },
  { name: "conversation", path: "/conversations/1", user: "auditor" },
  { name: "conversation-masked", path: "/conversations", user: "team_leader" },
  { name: "conversation-revealable", path: "/conversations/1", user: "quality_inspector" },
  { name: "search-start", path: "/search", user: "auditor" },
  { name: "search", path: "/search?q=退款", user: "auditor" },
  { name: "log", path: "/log", user: "auditor" },
  { name: "contacts", path: "/people/contacts", user: "auditor" },
  { name: "contact", path: "/people/contacts/1", user: "auditor" },
  { name: "members", path: "/people/members", user: "auditor" },
  { name: "member", path: "/people/members/1", user: "auditor" },
  { name: "users", path: "/admin/users", user: "system_administrator" },
  { name: "roles", path: "/admin/roles", user: "system_administrator" },
  { name: "departments", path: "/admin/departments", user: "system_administrator" },
  { name: "api-keys", path: "/admin/api-keys", user: "system_administrator" },
  { name: "sessions", path: "/admin/sessions", user: "system_administrator" },
  { name: "audit", path: "/admin/audit", user: "audit_administrator" },
  { name: "wecom", path: "/admin/wecom", user: "system_administrator" },
  { name: "licences", path: "/admin/licences", user: "system_administrator" },
  { name: "account", path: "/account", user: "auditor" },
  { name: "no-permission", path: "/admin/users", user: "auditor" },
  { name: "not-found", path: "/no/such/page", user: "auditor" },
  { name: "set-up-company", path: "/set-up?step=company", user: "system_administrator" },
  { name: "set-up-wecom", path: "/set-up?step=wecom", user: "system_administrator" },
];

/** Asks the server as the page's user does. */
async function ask(page, path, body) {
  return page.evaluate(async ([address, sent]) => {
    const response = await fetch(`/api/v1${address}`, { method: sent ? "POST" : "GET", headers: { "content-type": "application/json", "x-xinlu": "1" }, body: sent && JSON.stringify(sent) });
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    return response.json();
  }, [path, body]);
}

/** A pair's talk that has more than words: with a picture, and later with a card. */
async function tellingMessage(page) {
  const hits = async (query) => (await ask(page, "/messages/search", { query, limit: 200 })).items.map((item) => item.message);
  const seen = new Map();
  for (const kind of ["image", "voice", "file", "link", "weapp", "location"]) {
    for (const message of await hits(`kind:${kind}`)) {
      const found = seen.get(message.conversation) ?? { kinds: new Set(), message };
      found.kinds.add(kind);
      if (kind === "image") found.message = message;
      seen.set(message.conversation, found);
    }
  }
  const [best] = [...seen.values()].filter((one) => one.kinds.has("image")).sort((one, other) => other.kinds.size - one.kinds.size || one.message.record - other.message.record);
  if (!best) throw new Error("the demo has no talk with a picture");
  return best.message;
}

const RATE_MS = 15_000;
const wide = (page) => (page.viewportSize()?.width ?? 0) > 1000;

/** The one with the most to tell among those whom the list begins with. */
async function tellingContact(page) {
  const { items } = await ask(page, "/contacts?limit=100");
  const weight = (one) => (one.members?.length ?? 0) * 2 + JSON.stringify(one).length / 500 + (one.company ? 2 : 0);
  return [...items].sort((one, other) => weight(other) - weight(one))[0];
}

/** `steps` leads from the signed-in page to what is photographed. */
export const SHOTS = [
  { name: "sign-in", steps: ({ go }) => go("/sign-in") },
  {
    name: "home", user: "system_administrator",
    async steps({ page, go }) {
      await go("/");
      // Until the line of the rate has something to show.
      await page.waitForTimeout(RATE_MS);
    },
  },
  {
    name: "conversation", user: "auditor",
    async steps({ page, go }) {
      const message = await tellingMessage(page);
      await go(`/conversations/${message.conversation}?record=${message.record}`);
      await page.locator(".message--target .m-picture__image").waitFor();
    },
  },
  {
    name: "search", user: "auditor",
    async steps({ page, go }) {
      await go("/search?q=问题");
      await page.locator(".hit mark").first().waitFor();
      if (!wide(page)) return;
      await page.locator(".hit").nth(3).click();
      await page.locator(".preview__message--hit mark").first().waitFor();
    },
  },
  {
    name: "proof", user: "auditor",
    async steps({ page, go }) {
      const message = await tellingMessage(page);
      await go(`/conversations/${message.conversation}?record=${message.record}&proof=${message.record}`);
      await page.locator(".proof-panel[data-verdict=good]").waitFor();
    },
  },
  {
    name: "log", user: "auditor",
    async steps({ page, go }) {
      await go("/log");
      await page.locator("[data-log=archive]").waitFor();
    },
  },
  {
    name: "contact", user: "auditor",
    async steps({ page, go }) {
      const contact = await tellingContact(page);
      await go(`/people/contacts/${contact.id}`);
      await page.locator(".side-drawer .facts, .side-drawer dl").first().waitFor();
    },
  },
  {
    name: "members", user: "auditor",
    async steps({ page, go }) {
      await go("/people/members");
      await page.locator("tbody tr").first().waitFor();
    },
  },
  {
    name: "roles", user: "system_administrator",
    async steps({ page, go }) {
      const { items } = await ask(page, "/roles");
      const role = items.find((one) => one.name === "质检员");
      await go(`/admin/roles?open=${role.id}`);
      await page.locator("[data-test=reach-run]").click();
      await page.locator("[data-test=reach-conversations]").first().waitFor();
      await page.locator("[data-test=reach-conversations]").first().scrollIntoViewIfNeeded();
    },
  },
  {
    name: "audit", user: "audit_administrator",
    async steps({ page, go }) {
      await go("/admin/audit");
      await page.locator("tbody tr").first().waitFor();
    },
  },
  {
    name: "wecom", user: "system_administrator",
    async steps({ page, go }) {
      await go("/admin/wecom");
      await page.locator("[data-test^=check-]").first().waitFor();
    },
  },
  { name: "set-up", user: "system_administrator", steps: ({ go }) => go("/set-up?step=wecom") },
];
