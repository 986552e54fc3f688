/** Signing in, the frame, shortcuts, language and theme, rights, the tour. */
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
};
