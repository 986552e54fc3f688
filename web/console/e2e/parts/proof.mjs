/** Proofs in the browser: green for what was sealed, red with the place for what was altered; the page of the logs. */
import { openRows, withFlippedBit, withValue } from "../database.mjs";

const STEPS = ["leaf", "inclusion", "signature", "key", "time", "commitment", "message", "content"];

async function firstHit(run, page, query = "问题") {
  await page.goto(`${run.url}/search?q=${encodeURIComponent(query)}`);
  const hit = page.locator(".hit").first();
  await hit.waitFor();
  return hit.getAttribute("data-record");
}

/** A message that the reader sees at this level; in their own talks a leader sees more. */
async function recordAt(page, level) {
  return page.evaluate(async (wanted) => {
    const body = JSON.stringify({ query: "kind:text", limit: 200 });
    const answer = await fetch("/api/v1/messages/search", { method: "POST", headers: { "content-type": "application/json", "x-xinlu": "1" }, body });
    return (await answer.json()).items.find((hit) => hit.message.level === wanted)?.message.record;
  }, level);
}

const statuses = (page) => page.locator(".step").evaluateAll((steps) => Object.fromEntries(steps.map((step) => [step.dataset.step, step.dataset.status])));

async function verdict(page, wanted) {
  await page.locator(`.proof-panel[data-verdict=${wanted}]`).waitFor();
}

export default {
  "search, hit, proof: all green, computed here": async ({ run, visit, signIn, check, checkAccess, shot }) => {
    const page = await visit();
    await signIn(page, "auditor");
    const record = await firstHit(run, page);
    await page.locator(`.hit[data-record="${record}"]`).click();
    await page.locator(".preview").getByRole("link", { name: "验证存证" }).click();
    await page.waitForURL(new RegExp(`proof=${record}`));
    await verdict(page, "good");
    const found = await statuses(page);
    check(STEPS.every((step) => found[step] === "good"), `steps are ${JSON.stringify(found)}`);
    await checkAccess(page, "proof panel");
    await shot(page, "proof-good");
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "下载证明文件" }).click()]);
    check(file.suggestedFilename() === `proof-${record}.json`, `the file is called ${file.suggestedFilename()}`);
    await page.keyboard.press("Escape");
    await page.goto(`${run.url}/?proof=${record}`);
    await verdict(page, "good");
  },

  "without Ed25519 or without any Web Crypto the page computes by itself": async ({ run, visit, signIn, check }) => {
    for (const lacking of ["Ed25519", "everything"]) {
      const page = await visit();
      await page.addInitScript((what) => {
        if (what === "everything") return void Object.defineProperty(Crypto.prototype, "subtle", { get: () => undefined });
        const { importKey } = SubtleCrypto.prototype;
        SubtleCrypto.prototype.importKey = function (...all) {
          return all[2] === "Ed25519" ? Promise.reject(new DOMException("none", "NotSupportedError")) : importKey.apply(this, all);
        };
      }, lacking);
      await signIn(page, "auditor");
      const record = await firstHit(run, page);
      await page.goto(`${run.url}/search?q=问题&proof=${record}`);
      await verdict(page, "good");
      check(await page.getByText("随页面提供的 JavaScript").isVisible(), `lacking ${lacking}, the panel says who computed`);
    }
  },

  "below level text inclusion is what can be checked, and the panel says so": async ({ run, visit, signIn, check }) => {
    for (const [role, level] of [["team_leader", "masked"], ["observer", "metadata"]]) {
      const page = await visit();
      await signIn(page, role);
      const record = await recordAt(page, level);
      check(record !== undefined, `${role} finds a message at level ${level}`);
      await page.goto(`${run.url}/search?q=kind:text&proof=${record}`);
      await verdict(page, "partial");
      const found = await statuses(page);
      check(["leaf", "inclusion", "signature", "time"].every((step) => found[step] === "good"), `${role}: ${JSON.stringify(found)}`);
      check(["commitment", "message", "content"].every((step) => found[step] === "skipped"), `${role}: ${JSON.stringify(found)}`);
      await page.getByText("内容承诺需要能看原文的人核对").waitFor();
    }
  },

  "a row that was altered turns the proof red and names the place": async ({ run, visit, signIn, check, checkAccess, shot }) => {
    const query = await openRows();
    if (!query) throw new Error("a row cannot be altered: neither node:sqlite (22.5) nor sqlite3 nor python3 is here");
    const page = await visit();
    await signIn(page, "auditor");
    const record = await firstHit(run, page);
    await page.locator(`.hit[data-record="${record}"]`).click();
    await page.locator(".preview__message--hit").waitFor();
    const again = async () => {
      await page.keyboard.press("Escape");
      await page.goto(`${run.url}/search?q=问题&hit=${record}&proof=${record}`);
    };
    for (const column of ["body", "header"]) {
      await withFlippedBit(query, record, column, async () => {
        await again();
        await verdict(page, "bad");
        check((await page.locator(".verdict__place").textContent()).includes(`记录 ${record}`), `an altered ${column} is named by its record`);
        await shot(page, `proof-bad-${column}`);
      });
    }
    await again();
    await verdict(page, "good");
    const conversation = await query(`SELECT conversation_id FROM archive_records WHERE id = ${record}`);
    const other = await query(`SELECT MIN(id) FROM archive_conversations WHERE id NOT IN (SELECT conversation_id FROM archive_parties WHERE party = (SELECT sender FROM archive_records WHERE id = ${record}))`);
    await withValue(query, record, "conversation_id", other, conversation, async () => {
      await again();
      await verdict(page, "bad");
      const found = await statuses(page);
      check(found.message === "bad" && found.commitment === "good", `a moved message: ${JSON.stringify(found)}`);
      check((await page.locator(".verdict__place").textContent()).includes(`记录 ${record} · 会话 ${other}`), "a moved message is named with the conversation it was moved to");
      await checkAccess(page, "proof panel in red");
      await shot(page, "proof-bad-moved");
    });
    await again();
    await verdict(page, "good");
  },

  "the log page verifies signatures, and holds a kept checkpoint against the log of today": async ({ run, visit, signIn, check, checkAccess, shot }) => {
    const page = await visit();
    await signIn(page, "auditor");
    await page.goto(`${run.url}/log`);
    const card = page.locator("[data-log=archive]");
    await card.waitFor();
    check((await card.getAttribute("data-signed")) === "good", "the archive log's signature is valid");
    const note = await page.evaluate(async () => (await fetch("/api/v1/archive/checkpoint")).text());
    const paste = page.getByRole("textbox", { name: "以前保存的检查点" });
    const result = async (text) => {
      await paste.fill(text);
      await page.getByRole("button", { name: "核对" }).first().click();
      await page.locator(".kept__result").waitFor();
      return page.locator(".kept__result").getAttribute("data-state");
    };
    check(["good", "same", "shrunk"].includes(await result(note)), "today's checkpoint fits");
    const [origin, size] = note.split("\n");
    check((await result(note.replace(`\n${size}\n`, `\n${Number(size) - 1}\n`))) === "bad_signature", "an altered size is no valid signature");
    check((await result(note.replaceAll(origin, "some.other/log"))) === "other", "another log's checkpoint is told");
    check((await result("x")) === "malformed", "nonsense is told");
    await checkAccess(page, "log page");
    await shot(page, "log");
    await page.reload();
    await page.locator("[data-log=archive] .log-card__since.good").waitFor();
    // A key of another: what this browser saw first is remembered.
    await page.evaluate((name) => localStorage.setItem("xinlu.log-keys", JSON.stringify({ [name]: { vkey: `${name}+00000000+AQ==`, at: "2026-01-01T00:00:00Z" } })), origin);
    await page.reload();
    await page.getByText(/与 2026-01-01 .* 所见不同/).waitFor();
  },

  "the audit log is verified for who may read the trail": async ({ run, visit, signIn, check, checkAccess, shot }) => {
    const page = await visit({ size: "phone", scheme: "dark", language: "en" });
    await signIn(page, "audit_administrator");
    await page.goto(`${run.url}/log`);
    const card = page.locator("[data-log=audit]");
    await card.waitFor();
    check((await card.getAttribute("data-signed")) === "good", "the audit log's signature is valid");
    await page.waitForTimeout(400);
    await checkAccess(page, "log page on a phone");
    await shot(page, "log-phone");
  },
};
