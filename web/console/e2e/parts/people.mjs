/** Contacts and members: filters and details in the address, leavers, the way into the conversations, what a narrow role sees. */
export default {
  "members: department, filter and detail have an address": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await page.goto(`${run.url}/people/members`);
    await page.locator("tbody tr").first().waitFor();
    const all = await page.locator("tbody tr").count();
    await page.locator(".dept-tree .tree__name").nth(1).click();
    await page.waitForURL(/dept=\d+/);
    await page.waitForTimeout(800);
    check((await page.locator("tbody tr").count()) < all, "the department narrows nothing");
    await page.locator("tbody tr a").first().click();
    await page.waitForURL(/members\/\d+\?.*dept=/);
    const address = page.url();
    const name = await page.locator(".side-drawer .who__name").textContent();
    await page.goto(address);
    await page.locator(".side-drawer .who__name", { hasText: name }).waitFor();
    await page.getByRole("tab", { name: "会话" }).click();
    await page.locator(".talks__row").first().click();
    await page.waitForURL(/\/conversations\/\d+/);
  },

  "contacts: found by name, back and forth in the history": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await page.goto(`${run.url}/people/contacts`);
    const first = (await page.locator("tbody tr .person span:last-child").first().textContent()).trim();
    await page.locator(".filters input").fill(first);
    await page.keyboard.press("Enter");
    await page.waitForURL(/name=/);
    await page.waitForTimeout(800);
    const names = await page.locator("tbody tr .person span:last-child").allTextContents();
    check(names.length > 0 && names.every((name) => name.includes(first)), `found ${names.join(", ")}`);
    await page.goBack();
    await page.waitForURL((address) => !address.search.includes("name="));
    check((await page.locator(".filters input").inputValue()) === "", "the filter still shows what is no longer asked");
  },

  "a leader sees only contacts of their own people": async ({ run, visit, signIn, check }) => {
    const count = async (user) => {
      const page = await visit();
      await signIn(page, user);
      await page.goto(`${run.url}/people/contacts`);
      await page.locator("tbody tr").first().waitFor();
      return page.locator("tbody tr").count();
    };
    const [leader, auditor] = [await count("team_leader"), await count("auditor")];
    check(leader > 0 && leader < auditor, `the leader sees ${leader}, the auditor ${auditor}`);
  },
};
