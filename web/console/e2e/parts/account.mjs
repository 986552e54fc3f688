/** The second factor from switching on to signing in with it and off again, and one's sessions. */
import { totpOf } from "../support.mjs";

const STEP_MS = 30_000;

/** A code is taken once: waits for the next one. */
async function nextCode(page, secret, used) {
  let code = totpOf(secret);
  while (code === used) {
    await page.waitForTimeout(1_000);
    code = totpOf(secret);
  }
  return code;
}

export default {
  "TOTP: on, sign-in with it, off": async ({ run, visit, signIn, check, userOf }) => {
    const page = await visit();
    page.setDefaultTimeout(2 * STEP_MS);
    await signIn(page, "employee");
    const state = await page.evaluate(async () => (await fetch("/api/v1/sessions/totp")).status);
    check(state === 200, `the second factor answers ${state}`);
    await page.goto(`${run.url}/account`);
    await page.getByRole("button", { name: "开启两步验证" }).click();
    const secret = (await page.locator(".secret").textContent()).replaceAll(/\s/g, "");
    const first = totpOf(secret);
    await page.fill("input[name=totp]", first);
    await page.keyboard.press("Enter");
    await page.getByText("保存恢复码").waitFor();
    const recovery = (await page.locator(".codes li").allTextContents()).map((code) => code.trim());
    check(recovery.length >= 8, `${recovery.length} recovery codes`);
    await page.getByRole("button", { name: "我已保存好恢复码" }).click();
    await page.locator("[data-tour=user]").click();
    await page.getByText("退出登录").click();
    await page.waitForURL(/sign-in/);

    const user = userOf("employee");
    await page.fill("input[name=name]", user.name);
    await page.fill("input[name=password]", user.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "两步验证" }).waitFor();
    await page.fill("input[name=totp]", await nextCode(page, secret, first));
    await page.waitForURL((address) => !address.pathname.startsWith("/sign-in"));

    const other = await visit();
    await other.goto(`${run.url}/sign-in`);
    await other.fill("input[name=name]", user.name);
    await other.fill("input[name=password]", user.password);
    await other.keyboard.press("Enter");
    await other.getByRole("button", { name: "改用恢复码" }).click();
    await other.fill("input[name=totp]", recovery[0]);
    await other.keyboard.press("Enter");
    await other.waitForURL((address) => !address.pathname.startsWith("/sign-in"));

    await page.goto(`${run.url}/account`);
    await page.getByText(`剩余 ${recovery.length - 1} 个恢复码`).waitFor();
    await page.getByRole("button", { name: "关闭两步验证" }).click();
    await page.getByRole("dialog").locator("input[name=password]").fill(user.password);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "开启两步验证" }).waitFor();
    return undefined;
  },

  "a session is ended from elsewhere": async ({ run, visit, signIn, check }) => {
    const [here, there] = [await visit(), await visit()];
    await signIn(there, "observer");
    await signIn(here, "observer");
    await here.goto(`${run.url}/account`);
    const ends = here.getByRole("button", { name: "结束" });
    await ends.first().waitFor();
    const before = await ends.count();
    await ends.first().click();
    await here.waitForFunction((count) => [...document.querySelectorAll("button")].filter((button) => button.textContent.trim() === "结束").length < count, before);
    for (let left = before - 1; left > 0; left -= 1) {
      await ends.first().click();
      await here.waitForFunction((count) => [...document.querySelectorAll("button")].filter((button) => button.textContent.trim() === "结束").length < count, left);
    }
    check((await there.evaluate(async () => (await fetch("/api/v1/sessions")).status)) === 401, "the other session ended");
    return undefined;
  },
};
