/** From a masked message to its text, one message at a time, and what the audit trail says of it. */

/** Asks the API as the page's user. */
function ask(page, path, body) {
  return page.evaluate(async ([address, sent]) => {
    const response = await fetch(`/api/v1${address}`, { method: sent ? "POST" : "GET", headers: { "content-type": "application/json", "x-xinlu": "1" }, body: sent && JSON.stringify(sent) });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  }, [path, body]);
}

/** A message whose words hold personal data: a number that the inspector reads with stars. */
async function maskedMessage(page) {
  let after;
  for (let turn = 0; turn < 20; turn += 1) {
    const { body } = await ask(page, "/messages/search", { query: "kind:text", limit: 200, after });
    const found = body.items.map((item) => item.message).find((message) => message.level === "masked" && /\*{2,}/.test(message.pieces?.[0]?.text ?? ""));
    if (found) return found;
    after = body.next;
    if (!after) break;
  }
  throw new Error("the demo has no masked message with personal data");
}

const row = (page, record) => page.locator(`article[data-record="${record}"]`);

async function open(run, page, message) {
  await page.goto(`${run.url}/conversations/${message.conversation}?record=${message.record}`);
  await row(page, message.record).waitFor();
  return row(page, message.record);
}

export default {
  "masked → 查看 → the text; the audit trail names who, what and when": async ({ run, visit, signIn, check, checkAccess, userOf }) => {
    const page = await visit();
    await signIn(page, "quality_inspector");
    const masked = await maskedMessage(page);
    const stars = masked.pieces[0].text;
    const shown = await open(run, page, masked);
    await page.getByText("你看到的是脱敏内容").waitFor();
    check((await shown.locator(".bubble").innerText()).includes("**"), "the message is not masked to begin with");
    await checkAccess(page, "a masked conversation");

    const trail = await visit();
    await signIn(trail, "audit_administrator");
    const entries = async () => (await ask(trail, `/audit?action=message.reveal&target=${encodeURIComponent(`message ${masked.record}`)}&limit=5`)).body.items;
    check((await entries()).length === 0, "it was revealed before");

    await shown.getByRole("button", { name: "查看", exact: true }).click();
    await page.getByText("这次查看已记入审计").waitFor();
    const text = (await shown.locator(".bubble").innerText()).trim();
    check(!/\*{2,}/.test(text) && text !== "", `the original is not shown: ${text}`);
    const auditor = await visit();
    await signIn(auditor, "auditor");
    const whole = (await ask(auditor, `/messages/${masked.record}`)).body.pieces[0].text;
    check(whole !== stars && text.replaceAll(/\s+/g, "").includes(whole.replaceAll(/\s+/g, "")), `shown is ${text}, written was ${whole}`);
    check((await shown.getByRole("button", { name: "查看", exact: true }).count()) === 0, "what is shown can be shown again");
    check((await ask(page, `/messages/${masked.record}`)).body.level === "masked", "to reveal once raised the level for good");

    const [entry, ...more] = await entries();
    check(entry !== undefined && more.length === 0, "the audit trail has the reveal once");
    check(entry?.user_name === userOf("quality_inspector").name && entry?.outcome === "done", `the entry is ${JSON.stringify(entry)}`);
    check(JSON.stringify(entry?.detail ?? {}).includes(String(masked.conversation)), "the entry names the conversation");
    await trail.goto(`${run.url}/admin/audit?action=message.reveal&target=${encodeURIComponent(`message ${masked.record}`)}`);
    const line = trail.locator("tbody tr", { hasText: String(masked.record) }).first();
    await line.getByText(userOf("quality_inspector").name).waitFor();
    await line.getByRole("button", { name: "详情与证明" }).click();
    await trail.locator("[data-verdict=good]").waitFor();
  },

  "who reads masked without the permission is not offered it, and is refused": async ({ run, visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "team_leader");
    const { body } = await ask(page, "/messages/search", { query: "kind:text", limit: 200 });
    const masked = body.items.map((item) => item.message).find((message) => message.level === "masked");
    check(masked !== undefined, "the leader reads nothing masked");
    const shown = await open(run, page, masked);
    check((await shown.getByRole("button", { name: "查看", exact: true }).count()) === 0, "a reveal is offered");
    check((await ask(page, `/messages/${masked.record}/reveal`, {})).status === 403, "the server reveals");
    const trail = await visit();
    await signIn(trail, "audit_administrator");
    const refused = (await ask(trail, `/audit?target=${encodeURIComponent(`/api/v1/messages/${masked.record}/reveal`)}&limit=5`)).body.items;
    const byTarget = (await ask(trail, "/audit?outcome=refused&limit=20")).body.items;
    check([...refused, ...byTarget].some((entry) => JSON.stringify(entry).includes(String(masked.record))), "the refusal is not in the trail");
  },

  "media stays out of reach of who reads masked": async ({ visit, signIn, check }) => {
    const page = await visit();
    await signIn(page, "quality_inspector");
    const { body } = await ask(page, "/messages/search", { query: "kind:image", limit: 1 });
    const message = body.items[0]?.message;
    check(message !== undefined && message.level === "masked", "the inspector reads a picture in full");
    const revealed = (await ask(page, `/messages/${message.record}/reveal`, {})).body;
    const media = revealed?.media?.[0]?.media;
    if (media !== undefined) check((await ask(page, `/media/${media}`)).status === 403, "a revealed message opens its media");
  },
};
