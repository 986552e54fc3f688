/** Contacts and members: filters and details in the address, leavers, the way into the conversations, what a narrow role sees. */
export default {
  "members: department, filter and detail have an address": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await page.goto(`${run.url}/people/members`);
    await page.locator("tbody tr").first().waitFor();
    const all = await page.locator("tbody tr").count();
    // One that WeCom brings: our own stand above it and may be empty.
    await page.locator(".dept-tree .tree__node:not(:has(.tree__local)) .tree__name").nth(1).click();
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
    await page.getByLabel("名称、公司或编号").fill(first);
    await page.keyboard.press("Enter");
    await page.waitForURL(/name=/);
    await page.waitForTimeout(800);
    const names = await page.locator("tbody tr .person span:last-child").allTextContents();
    check(names.length > 0 && names.every((name) => name.includes(first)), `found ${names.join(", ")}`);
    await page.goBack();
    await page.waitForURL((address) => !address.search.includes("name="));
    check((await page.getByLabel("名称、公司或编号").inputValue()) === "", "the filter still shows what is no longer asked");
  },

  "contacts: a tag filters the list, has an address, and stands with who gave it": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await page.goto(`${run.url}/people/contacts`);
    const chip = page.locator("tbody .tags__one").first();
    const tag = (await chip.textContent()).trim();
    await chip.click();
    await page.waitForURL(/tag=\d+/);
    const counts = await page.evaluate(async () => (await (await fetch("/api/v1/contact-tags")).json()).items);
    const counted = counts.find((one) => String(one.id) === new URL(page.url()).searchParams.get("tag"));
    check(counted?.name === tag, `the tag clicked is ${tag}, the one asked for ${counted?.name}`);
    // The rows of before stand until the answer comes.
    const rows = Math.min(50, counted?.contacts ?? 0);
    await page.waitForFunction((wanted) => document.querySelectorAll("tbody tr").length === wanted && document.querySelectorAll("tbody .tags__one--chosen").length === wanted, rows);
    const chosen = await page.locator("tbody .tags__one--chosen").allTextContents();
    check(rows > 0 && chosen.every((one) => one.trim() === tag), `${rows} contacts, not all with ${tag}`);
    check((await page.locator(".filters .el-select__selected-item", { hasText: tag }).count()) > 0, "the filter does not say which tag");
    check(counts.some((one) => one.name !== "" && one.group !== ""), "tags have no names");
    // Not everybody with a tag has talked yet: somebody who has is opened, with the filter in the address.
    const talker = await page.evaluate(async (wanted) => {
      const ask = async (path) => (await (await fetch(`/api/v1${path}`)).json()).items;
      for (const one of await ask(`/contacts?tag=${wanted}&limit=200`)) if ((await ask(`/conversations?contact=${one.id}&kind=pair&limit=1`)).length > 0) return one.id;
    }, counted?.id);
    await page.goto(`${run.url}/people/contacts/${talker}?tag=${counted?.id}`);
    await page.locator(".side-drawer .tag-groups", { hasText: tag }).waitFor();
    check((await page.locator(".side-drawer .followers__tags .tags__one", { hasText: tag }).count()) > 0, "nobody is said to have given the tag");
    for (const [tab, shown] of [["会话", ".talks__row"], ["同意记录", ".consents__row, .state__title"], ["时间线", ".timeline__event"]]) {
      await page.getByRole("tab", { name: tab, exact: true }).click();
      await page.locator(`.side-drawer .el-tab-pane:visible :is(${shown})`).first().waitFor();
    }
  },

  "members: with and without a seat, and those of a source": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const words = { archived: "已开通", not: "未开通", unknown: "未知" };
    let listed = 0;
    for (const [seat, word] of Object.entries(words)) {
      await page.goto(`${run.url}/people/members?seat=${seat}`);
      await page.locator("tbody tr, .state__title").first().waitFor();
      const seats = await page.locator("tbody tr td:nth-child(5)").allTextContents();
      check(seats.every((one) => one.includes(word)), `${seat}: ${seats.join(", ")}`);
      check((await page.locator(".filters .el-select__selected-item", { hasText: word }).count()) > 0, `the filter does not say ${word}`);
      listed += seats.length;
    }
    const { items } = await page.evaluate(async () => (await fetch("/api/v1/members?limit=200")).json());
    const here = items.filter((one) => one.status !== "left");
    check(listed > 0 && listed === here.length, `${listed} members by seat, ${here.length} in all`);
    await page.goto(`${run.url}/people/members?source=local`);
    await page.locator("tbody tr, .state__title").first().waitFor();
    check((await page.locator("tbody tr").count()) === items.filter((one) => one.source === "local").length, "members of WeCom are among our own");
  },

  "a leader sees the names of others' contacts masked, and their own in full": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "team_leader");
    await page.goto(`${run.url}/people/contacts`);
    await page.locator("tbody tr").first().waitFor();
    const { items } = await page.evaluate(async () => (await fetch("/api/v1/contacts?limit=200")).json());
    const masked = items.filter((one) => one.level === "masked");
    check(masked.length > 0 && masked.every((one) => one.name === "" || /^.?\*\*$/u.test(one.name)), "a name is not masked");
    check(masked.every((one) => one.avatar === "" && one.members.every((member) => member.remark === "" || /^.?\*\*$/u.test(member.remark))), "a remark is not masked");
    await page.goto(`${run.url}/people/contacts/${masked[0].id}`);
    await page.locator(".side-drawer .notice", { hasText: "只显示首字" }).waitFor();
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
