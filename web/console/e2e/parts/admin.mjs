/** Administration: from a role over its preview to a user who sees only their department, and what the audit trail says of it. */

/** Asks the server as the page does. */
async function asks(page, path) {
  return page.evaluate(async (wanted) => {
    const response = await fetch(`/api/v1${wanted}`);
    return { status: response.status, body: await response.json().catch(() => ({})) };
  }, path);
}

/** Does something as the page would. */
async function does(page, method, path, body) {
  return page.evaluate(async ([how, where, what]) => {
    const response = await fetch(`/api/v1${where}`, { method: how, headers: { "content-type": "application/json", "x-xinlu": "1" }, body: what === undefined ? undefined : JSON.stringify(what) });
    return { status: response.status, body: await response.json().catch(() => ({})) };
  }, [method, path, body]);
}

/** Opens a department in the tree beside the list. */
async function openDepartment(page, name) {
  // Choosing the chosen one again would take the choice back.
  if (((await page.locator(".here strong").textContent()) ?? "").includes(name)) return;
  await page.locator(".dept-tree .tree__filter input").fill(name);
  await page.locator(".dept-tree .tree__name", { hasText: name }).first().click();
  await page.locator(".here", { hasText: name }).waitFor();
}

async function makeDepartment(page, name, parent) {
  await page.getByRole("button", { name: "新建部门" }).click();
  await page.locator("[data-test=department-name]").fill(name);
  const above = (await page.locator(".side-drawer .el-select__selected-item").allTextContents()).join("");
  await page.locator("[data-test=department-save]").click();
  await page.getByText(`已创建部门“${name}”`).waitFor();
  await page.locator(".dept-tree .tree__name", { hasText: name }).first().waitFor();
  return parent === undefined || above.includes(parent);
}

/** The text of the drawer or dialog on top. */
const onTop = (page) => page.locator(".el-overlay:visible").last();

async function choose(page, select, text) {
  await select.click();
  await page.locator(".el-select__popper:visible .el-select-dropdown__item", { hasText: text }).first().click();
}

/** A member who is in a small department, is nobody's user yet and has conversations. */
async function freeMember(admin, auditor) {
  const users = (await asks(admin, "/users?limit=200")).body.items;
  const bound = new Set(users.map((user) => user.member));
  const members = (await asks(admin, "/members?limit=200&status=active")).body.items;
  for (const member of members.filter((one) => !bound.has(one.id) && one.departments.length === 1)) {
    const talks = (await asks(auditor, `/conversations?member=${member.id}&limit=1`)).body.items;
    if (talks.length > 0) return member;
  }
  throw new Error("the demo has no free member with conversations");
}

async function makeRole({ run, check }, page, name, member) {
  await page.goto(`${run.url}/admin/roles`);
  await page.locator("[data-test=role-new]").click();
  await page.locator("[data-test=role-name]").fill(name);
  const reading = page.locator("[data-test='conversation.read']");
  await reading.locator(".el-checkbox").click();
  await choose(page, reading.locator(".el-select").first(), "所在部门");
  await page.locator("[data-test='member.read'] .el-checkbox").click();
  // Administration and reading are not for one person: the page says so before anything is sent.
  await page.locator("[data-test='user.manage'] .el-checkbox").click();
  check(await onTop(page).getByText("不能集于一个角色").isVisible(), "a clash of duties is not said");
  await page.locator("[data-test='user.manage'] .el-checkbox").click();
  const previewed = await preview(page, member, check);
  await page.locator("[data-test=role-save]").click();
  await page.getByText(`已创建角色“${name}”`).waitFor();
  await page.locator("tbody tr", { hasText: name }).waitFor();
  return previewed;
}

/** How many conversations the role would show somebody. */
async function preview(page, member, check) {
  await page.locator("[data-test=reach-run]").click();
  check(await onTop(page).getByText("请选择一位成员来预览").isVisible(), "the preview asks for no member");
  await page.locator(".preview .el-select input").fill(member.name);
  await page.locator(".el-select__popper:visible .el-select-dropdown__item", { hasText: member.departments[0].name }).first().click();
  await page.locator("[data-test=reach-run]").click();
  return Number((await page.locator("[data-test=reach-conversations] dd").first().textContent()).replaceAll(",", ""));
}

async function makeUser({ run }, page, name, role, member) {
  await page.goto(`${run.url}/admin/users?new=1`);
  await page.locator("[data-test=user-name]").fill(name);
  await page.locator(".user-form .el-select input").fill(member.name);
  await page.locator(".el-select__popper:visible .el-select-dropdown__item", { hasText: member.departments[0].name }).first().click();
  await page.locator(".role-picker__role", { hasText: role }).locator(".el-checkbox").click();
  await page.locator("[data-test=user-save]").click();
  const password = await page.locator("[data-test=once]").textContent();
  await page.keyboard.press("Escape");
  const stays = await page.locator("[data-test=once]").isVisible();
  await page.getByRole("button", { name: "我已保存" }).click();
  return { password, stays };
}

async function firstSignIn({ run }, page, name, once, fresh) {
  await page.goto(`${run.url}/sign-in`);
  await page.fill("input[name=name]", name);
  await page.fill("input[name=password]", once);
  await page.keyboard.press("Enter");
  await page.fill("input[name=fresh]", fresh);
  await page.fill("input[name=again]", fresh);
  await page.keyboard.press("Enter");
  await page.waitForURL((address) => !address.pathname.startsWith("/sign-in"));
}

/** Takes user and role away again, by the pages that people use. */
async function tidy({ run }, page, user, role) {
  await page.goto(`${run.url}/admin/users?open=${user}&tab=security`);
  await page.locator("[data-test=user-remove]").click();
  await page.locator(".el-message-box:visible").getByRole("button", { name: "移除" }).click();
  await page.getByText("已移除").waitFor();
  await page.goto(`${run.url}/admin/roles?name=${encodeURIComponent(role)}`);
  await page.locator("tbody tr", { hasText: role }).getByRole("button", { name: "删除" }).click();
  await page.locator(".el-message-box:visible").getByRole("button", { name: "删除" }).click();
  await page.getByRole("button", { name: "撤销" }).click();
  await page.getByText(`已恢复角色“${role}”`).waitFor();
  await page.locator("tbody tr", { hasText: role }).getByRole("button", { name: "删除" }).click();
  await page.locator(".el-message-box:visible").getByRole("button", { name: "删除" }).click();
  await page.locator("tbody tr", { hasText: role }).waitFor({ state: "detached" });
}

export default {
  "role → preview → user → sign in as them: only their department; the reading is in the audit trail": async (tools) => {
    const { run, visit, signIn, check } = tools;
    const mark = Date.now().toString(36);
    const [role, name] = [`部门质检 ${mark}`, `e2e.${mark}`];
    const admin = await visit();
    await signIn(admin, "system_administrator");
    const auditor = await visit();
    await signIn(auditor, "auditor");
    const member = await freeMember(admin, auditor);
    const previewed = await makeRole(tools, admin, role, member);
    const { password, stays } = await makeUser(tools, admin, name, role, member);
    check(stays, "Escape closes the one-time password");

    const they = await visit();
    await firstSignIn(tools, they, name, password, `Kl-${mark}-vortex-9`);
    const department = member.departments[0].id;
    const inside = new Set((await asks(they, `/members?department=${department}&limit=200`)).body.items.map((one) => one.id));
    const seen = (await asks(they, "/conversations?limit=200")).body.items;
    const all = (await asks(auditor, "/conversations?limit=200")).body.items;
    check(seen.length > 0 && seen.length < all.length, `they see ${seen.length} conversations, the auditor ${all.length}`);
    check(seen.every((one) => one.members.some((party) => inside.has(party.id))), "they see a conversation of another department");
    await they.goto(`${run.url}/admin/users`);
    check(await they.getByText("没有权限").first().isVisible().catch(() => false) || (await they.getByText("没有权限").first().waitFor().then(() => true)), "they see users");
    await they.goto(`${run.url}/conversations/${seen[0].id}`);
    await they.locator("main").getByText(/./).first().waitFor();
    await they.waitForTimeout(1_500);
    const user = (await asks(they, "/sessions")).body.user;
    // People go on talking meanwhile: a conversation may begin between the three counts, none ends.
    const after = (await asks(admin, `/users/${user}/reach`)).body.conversations;
    check(seen.length === 200 || (previewed <= seen.length && seen.length <= after), `the preview says ${previewed}, they see ${seen.length}, then the server counts ${after}`);

    const trail = await visit();
    await signIn(trail, "audit_administrator");
    await trail.goto(`${run.url}/admin/audit?user=${user}&action=conversation.read`);
    const row = trail.locator("tbody tr", { hasText: `会话 ${seen[0].id}` }).first();
    await row.waitFor();
    await row.getByRole("button", { name: "详情与证明" }).click();
    await trail.locator("[data-verdict=good]").waitFor();
    const saved = trail.waitForEvent("download");
    await trail.getByRole("button", { name: "下载证明" }).click();
    check(/^audit-\d+-proof\.json$/.test((await saved).suggestedFilename()), "the proof is saved under another name");
    await tidy(tools, admin, user, role);
  },

  "departments of our own: made, renamed and moved with a way back, filled, emptied, removed": async ({ run, visit, signIn, check }) => {
    const mark = Date.now().toString(36);
    const [outside, night] = [`外包 ${mark}`, `夜班 ${mark}`];
    const page = await visit();
    await signIn(page, "system_administrator");
    await page.goto(`${run.url}/admin/departments`);
    await makeDepartment(page, outside);
    await openDepartment(page, outside);
    check(await makeDepartment(page, night, outside), "a new department does not begin below the open one");
    // With another inside it cannot be removed.
    await page.locator("[data-test=department-remove][aria-disabled=true]").waitFor();

    await openDepartment(page, night);
    await page.locator("[data-test=department-alter]").click();
    await page.locator("[data-test=department-name]").fill(`${night} 改`);
    await page.locator("[data-test=department-save]").click();
    await page.locator(".here", { hasText: `${outside} / ${night} 改` }).waitFor();
    await page.getByRole("button", { name: "撤销" }).click();
    await page.getByText(`部门“${night}”已恢复原样`).waitFor();
    await page.locator("[data-test=department-alter]").click();
    await page.locator(".side-drawer .el-select").hover();
    await page.locator(".side-drawer .el-select__clear").click();
    await page.locator("[data-test=department-save]").click();
    await page.getByText(`已移动部门“${night}”`).waitFor();
    await page.locator(".here strong").filter({ hasText: new RegExp(`^${night}$`) }).waitFor();

    await page.getByRole("button", { name: "新建成员" }).click();
    await page.locator(".side-drawer input").nth(0).fill(`e2e.${mark}`);
    await page.locator(".side-drawer input").nth(1).fill("小李");
    await page.getByRole("button", { name: "保存" }).click();
    const row = page.locator("tbody tr", { hasText: `e2e.${mark}` });
    await row.getByRole("button", { name: "标记离职" }).click();
    await page.locator(".el-message-box:visible").getByRole("button", { name: "标记离职" }).click();
    await row.getByText("已离职").waitFor();
    await page.locator(".el-message", { hasText: "离职" }).getByRole("button", { name: "撤销" }).click();
    await row.getByText("在职").waitFor();
    await page.locator("[data-test=department-remove][aria-disabled=true]").waitFor();
    const id = new URL(page.url()).searchParams.get("dept");
    const refused = await does(page, "DELETE", `/departments/${id}`);
    check(refused.status === 409 && refused.body.error?.code === "identity.department_in_use", `the server answers ${refused.status}`);
    await row.getByRole("button", { name: "标记离职" }).click();
    await page.locator(".el-message-box:visible").getByRole("button", { name: "标记离职" }).click();
    await row.getByText("已离职").waitFor();

    for (const name of [night, outside]) {
      await openDepartment(page, name);
      await page.locator("[data-test=department-remove][aria-disabled=false]").click();
      await page.locator(".el-message-box:visible").getByRole("button", { name: "移除部门" }).click();
      await page.getByText(`已移除部门“${name}”`).waitFor();
    }
    const left = (await asks(page, "/departments")).body.items.filter((one) => one.name.includes(mark));
    check(left.length === 0, `still there: ${left.map((one) => one.name).join(", ")}`);
    const trail = await visit();
    await signIn(trail, "audit_administrator");
    const actions = (await asks(trail, "/audit?action=department.&limit=20")).body.items.map((one) => one.action);
    check(["department.create", "department.update", "department.delete"].every((action) => actions.includes(action)), `the trail has ${actions.join(", ")}`);
  },

  "a user who is locked out is seen and let in again": async ({ run, visit, signIn, check }) => {
    const name = `lock.${Date.now().toString(36)}`;
    const page = await visit();
    await signIn(page, "system_administrator");
    const made = await does(page, "POST", "/users", { name });
    const guess = await visit();
    await guess.goto(`${run.url}/sign-in`);
    for (let tries = 0; tries < 10; tries += 1) await does(guess, "POST", "/sessions", { name, password: "wrong wrong wrong" });
    check((await does(guess, "POST", "/sessions", { name, password: made.body.password })).status === 429, "ten failures do not lock");
    await page.goto(`${run.url}/admin/users?state=locked`);
    const row = page.locator("tbody tr", { hasText: name });
    await row.getByText("已锁定").waitFor();
    await page.goto(`${run.url}/admin/users?open=${made.body.user}&tab=security`);
    await page.locator(".security", { hasText: "锁定至" }).waitFor();
    await page.locator("[data-test=user-unlock]").click();
    await page.getByText(`已解除 ${name} 的登录锁定`).waitFor();
    await page.locator("[data-test=user-unlock][disabled]").waitFor();
    check((await does(guess, "POST", "/sessions", { name, password: made.body.password })).status === 200, "who was unlocked cannot sign in");
    await does(page, "DELETE", `/users/${made.body.user}`);
  },

  "audit: a forged answer turns the proof red": async ({ run, visit, signIn }) => {
    const page = await visit();
    await signIn(page, "audit_administrator");
    await page.route("**/api/v1/audit?*", async (route) => {
      const response = await route.fetch();
      const body = await response.json();
      for (const item of body.items) item.user_name = "somebody";
      await route.fulfill({ response, json: body });
    });
    await page.goto(`${run.url}/admin/audit`);
    await page.locator(".data-table tbody tr").nth(3).getByRole("button", { name: "详情与证明" }).click();
    await page.locator("[data-verdict=bad]").waitFor();
  },

  "audit: what is shown is exported": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "audit_administrator");
    await page.goto(`${run.url}/admin/audit?outcome=done`);
    const saved = page.waitForEvent("download");
    await page.locator("[data-test=audit-export]").click();
    const stream = await (await saved).createReadStream();
    let text = "";
    for await (const part of stream) text += part;
    const rows = await page.locator(".data-table tbody tr").count();
    check(text.startsWith("\uFEFF") && text.trim().split("\r\n").length === rows + 1, `the file has ${text.trim().split("\r\n").length} lines, the page ${rows} rows`);
  },

  "API key: shown once, in the list, revoked": async ({ run, visit, signIn, check }) => {
    const name = `e2e ${Date.now().toString(36)}`;
    const page = await visit();
    await signIn(page, "employee");
    await page.goto(`${run.url}/admin/api-keys`);
    await page.locator("[data-test=key-new]").click();
    await page.locator("[data-test=key-save]").click();
    check(await page.getByText("名称为 1 到 64 个字符").isVisible(), "an empty name is not said to be wrong");
    await page.locator("[data-test=key-name]").fill(name);
    await page.locator("[data-test=key-save]").click();
    const key = await page.locator("[data-test=once]").textContent();
    const status = await page.evaluate(async (bearer) => (await fetch("/api/v1/sessions", { headers: { authorization: `Bearer ${bearer}` }, credentials: "omit" })).status, key);
    check(status === 200, `the key is answered with ${status}`);
    await page.getByRole("button", { name: "我已保存" }).click();
    const row = page.locator("tbody tr", { hasText: name });
    check(!(await page.locator("body").textContent()).includes(key), "the key is still on the page");
    await row.getByRole("button", { name: "吊销" }).click();
    await page.locator(".el-message-box:visible").getByRole("button", { name: "吊销" }).click();
    await row.getByText("已吊销").waitFor();
  },

  "WeCom: the corp, its doctor, fetching now": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "system_administrator");
    await page.goto(`${run.url}/admin/wecom`);
    await page.locator("[data-test^=check-]").first().waitFor();
    check((await page.locator("[data-test^=check-]").count()) >= 3, "the doctor says little");
    await page.getByRole("button", { name: "立即取数" }).first().click();
    await page.getByText(/已通知 .+ 立即取数/).waitFor();
  },
};
