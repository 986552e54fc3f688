/** Signing in, the frame, shortcuts, language and theme, rights, the tour; what the page may load and run; paper. */
import { WAIT_MS } from "../support.mjs";

export default {
  "a wrong password says so, a right one leads back to the page wanted": async ({ run, visit, check, userOf }) => {
    const page = await visit();
    await page.goto(`${run.url}/account?x=1`);
    await page.waitForURL(/sign-in\?next=/);
    await page.fill("input[name=name]", userOf("auditor").name);
    await page.fill("input[name=password]", "not the password 1");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("用户名或密码不正确").waitFor();
    await page.fill("input[name=password]", userOf("auditor").password);
    await page.keyboard.press("Enter");
    await page.waitForURL((address) => address.pathname === "/account" && address.search === "?x=1");
    await page.getByRole("heading", { name: "我的账户" }).waitFor();
    check((await page.title()).startsWith("我的账户"), "the window is called after its page");
    await page.reload();
    await page.getByRole("heading", { name: "我的账户" }).waitFor();
  },

  "signing out leaves nothing open": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await page.locator("[data-tour=user]").click();
    await page.getByText("退出登录").click();
    await page.waitForURL(/sign-in/);
    await page.goto(`${run.url}/account`);
    await page.waitForURL(/sign-in/);
    check((await page.evaluate(async () => (await fetch("/api/v1/sessions")).status)) === 401, "the session ended on the server");
  },

  "the menu and the pages follow the rights": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "system_administrator");
    const links = await page.locator(".shell__side .nav__link").allTextContents();
    check(links.includes("用户") && !links.includes("会话"), `an administrator's menu is ${links}`);
    await page.goto(`${run.url}/conversations`);
    await page.getByText("没有权限").waitFor();
  },

  "shortcuts lead, and the sheet lists them": async ({ visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await page.waitForTimeout(300);
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog");
    await sheet.getByText("前往").waitFor();
    check((await sheet.locator("kbd").count()) > 10, "the sheet lists the shortcuts");
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await page.waitForURL(/\/log/);
    await page.keyboard.press("/");
    await page.waitForURL(/\/search/);
  },

  "language and theme are kept": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await page.getByRole("button", { name: "切换到英文" }).click();
    await page.locator(".shell__side").getByText("Conversations").waitFor();
    check((await page.evaluate(() => document.documentElement.lang)) === "en", "the page says its language");
    await page.getByRole("button", { name: "Appearance" }).click();
    await page.getByText("Dark", { exact: true }).click();
    await page.goto(`${run.url}/account`);
    await page.getByRole("heading", { name: "My account" }).waitFor();
    check((await page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "the theme is kept");
    const han = await page.evaluate(() => document.querySelector("main").innerText.match(/\p{Script=Han}+/gu));
    check(han === null, `Chinese is left in English: ${han}`);
  },

  "all by keyboard from the door to the page": async ({ run, visit, check, userOf }) => {
    const page = await visit();
    await page.goto(`${run.url}/sign-in`);
    await page.locator("input[name=name]").waitFor();
    await page.keyboard.press("Tab");
    await page.locator("input[name=name]").focus();
    await page.keyboard.type(userOf("auditor").name);
    await page.keyboard.press("Tab");
    await page.keyboard.type(userOf("auditor").password);
    await page.keyboard.press("Enter");
    await page.waitForURL((address) => address.pathname === "/");
    await page.locator("h1").waitFor();
    await page.keyboard.press("Tab");
    check((await page.evaluate(() => document.activeElement?.className)) === "skip", "the first stop skips to the content");
    await page.keyboard.press("Enter");
    check((await page.evaluate(() => document.activeElement?.id)) === "main", "skipping leads to the content");
  },

  "the tour comes once": async ({ run, visit, signIn, check }) => {
    const page = await visit({ tour: true });
    await signIn(page, "auditor");
    const card = page.getByRole("dialog");
    await card.waitFor();
    for (let step = 0; step < 5 && (await card.isVisible()); step += 1) await page.keyboard.press("ArrowRight");
    await card.waitFor({ state: "hidden" });
    await page.goto(run.url);
    await page.locator("h1").waitFor();
    check(!(await card.isVisible()), "the tour does not come again");
  },

  "on a phone the menu lies below": async ({ visit, signIn }) => {
    const page = await visit({ size: "phone", scheme: "dark" });
    await signIn(page, "system_administrator");
    await page.locator(".shell__tabs").getByText("更多").click();
    await page.getByRole("dialog").getByText("企业微信").click();
    await page.waitForURL(/\/admin\/wecom/, { timeout: WAIT_MS });
  },

  "the home page counts": async ({ visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "system_administrator");
    const today = page.locator("[data-figure=today]");
    await page.waitForFunction(() => /[1-9]/.test(document.querySelector("[data-figure=today]")?.textContent ?? ""));
    check(/^[\d,]+$/.test((await today.textContent()) ?? ""), "today's messages are a number");
    check(/[1-9]/.test((await page.locator("[data-figure=logged]").textContent()) ?? ""), "the checkpoint has a size");
  },

  "the policy forbids scripts from text and hosts that are not ours": async ({ run, visit, signIn, check }) => {
    const page = await visit({ watched: false });
    await signIn(page, "auditor");
    for (const path of ["/", "/sign-in", "/conversations/1", "/no/such/page", "/assets/none.js"]) {
      const policy = (await page.request.get(run.url + path)).headers()["content-security-policy"] ?? "";
      const rules = Object.fromEntries(policy.split(";").map((rule) => rule.trim().split(/\s+/)).map(([name, ...sources]) => [name, sources.join(" ")]));
      check(rules["default-src"] === "'self'", `${path}: the policy is ${policy}`);
      check(!/unsafe-(eval|inline)|wasm-unsafe|\*|https?:/.test(policy), `${path}: the policy allows too much: ${policy}`);
      check((rules["script-src"] ?? "'self'") === "'self'" && rules["frame-ancestors"] === "'none'" && rules["object-src"] === "'none'", `${path}: ${policy}`);
    }
    // Later than the test's own call, which the policy does not bind.
    const tried = await page.evaluate(() => new Promise((resolve) => {
      const refused = [];
      document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
      setTimeout(async () => {
        const ran = [];
        try { new Function("return 1")(); ran.push("new Function"); } catch { /* as it should be */ }
        try { (0, eval)("1"); ran.push("eval"); } catch { /* as it should be */ }
        await fetch("http://127.0.0.2:9/").then(() => ran.push("fetch"), () => undefined);
        const script = document.createElement("script");
        script.textContent = "window.inline = 1";
        document.head.append(script);
        if (window.inline) ran.push("inline script");
        setTimeout(() => resolve({ ran, refused }), 300);
      });
    }));
    check(tried.ran.length === 0, `these ran: ${tried.ran}`);
    check(["connect-src", "script-src-elem"].every((one) => tried.refused.includes(one)) && tried.refused.some((one) => one.startsWith("script-src") && one !== "script-src-elem"), `refused were ${tried.refused}`);
  },

  "nothing is asked of another host on any page": async ({ run, visit, signIn, check, go }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const hosts = new Set();
    page.on("request", (request) => hosts.add(new URL(request.url()).host || new URL(request.url()).protocol));
    for (const path of ["/", "/conversations/1", "/search?q=退款", "/log", "/people/contacts/1", "/people/members/1", "/account", "/admin/licences"]) await go(page, path);
    const foreign = [...hosts].filter((host) => host !== new URL(run.url).host && host !== "blob:" && host !== "data:");
    check(hosts.size > 0 && foreign.length === 0, `asked were ${foreign}`);
  },

  "dark prints as dark ink on white": async ({ run, visit, signIn, check, go }) => {
    const page = await visit({ scheme: "dark" });
    await signIn(page, "auditor");
    await go(page, "/log");
    const look = () => page.evaluate(() => {
      const light = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
      const card = getComputedStyle(document.querySelector(".card"));
      return { ground: light(getComputedStyle(document.documentElement).backgroundColor), card: light(card.backgroundColor), text: light(card.color), scheme: getComputedStyle(document.documentElement).colorScheme };
    });
    const screen = await look();
    check(screen.ground < 80 && screen.text > 180, `on the screen: ${JSON.stringify(screen)}`);
    await page.emulateMedia({ media: "print" });
    await page.waitForFunction(() => getComputedStyle(document.documentElement).backgroundColor === "rgb(255, 255, 255)");
    const paper = await look();
    check(paper.ground > 240 && paper.card > 240 && paper.text < 80 && paper.scheme === "light", `on paper: ${JSON.stringify(paper)}`);
    const cut = await page.evaluate(() => getComputedStyle(document.querySelector("main")).overflow !== "visible" || getComputedStyle(document.querySelector(".shell")).height === `${innerHeight}px`);
    check(!cut, "only what is on the screen is printed");
    check(!(await page.locator(".shell__side").isVisible()), "the menu is printed");
  },

  "the search box of the header stands on every page but the search": async ({ visit, signIn, check, go }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await go(page, "/log");
    check(await page.locator(".shell__top .search-box").isVisible(), "the header has no search");
    await go(page, "/search?q=退款");
    check((await page.locator(".shell__top .search-box").count()) === 0, "there are two search boxes");
    const link = new URL(await page.locator(".hit").first().getAttribute("href"), "http://x");
    check(link.searchParams.get("q") === "退款" && /^\d+$/.test(link.searchParams.get("record") ?? ""), `a hit leads to ${link.pathname}${link.search}`);
  },

  "licences: what is in the program and in this page, each with its text": async ({ visit, signIn, check, checkAccess, go }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await go(page, "/admin/licences?name=element-plus");
    await page.locator("tbody tr", { hasText: "element-plus" }).first().getByRole("button", { name: "许可证全文" }).click();
    await page.locator(".side-drawer pre", { hasText: "Permission is hereby granted" }).waitFor();
    await checkAccess(page, "the text of a licence");
    const { packages, texts } = await page.evaluate(async () => (await fetch("/api/v1/licences")).json());
    check(packages.length > 200 && packages.every((one) => one.texts.length > 0 && one.texts.every((place) => texts[place].length > 10)), "a package has no text");
    check(["cargo", "npm"].every((from) => packages.some((one) => one.from === from)), "of the program and of the page");
  },

  "the search index is rebuilt from the home page, and says so when it is done": async ({ run, visit, signIn }) => {
    const page = await visit();
    await signIn(page, "system_administrator");
    await page.goto(`${run.url}/`);
    await page.locator("[data-test=rebuild-begin]").click();
    await page.locator(".el-message-box:visible").getByRole("button", { name: "重建索引" }).click();
    await page.getByText("索引已重建，新索引已启用").waitFor();
  },
};
