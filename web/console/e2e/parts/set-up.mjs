/** The first run on a server of its own: the administrator with the printed token, then the company. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRun, signIn, visit as visitAt } from "../support.mjs";

const START_MS = 60_000;
const PASSWORD = "seven plain horses 42";

/** Starts `xinlu serve` on new data and reads address and token from what it prints. */
function serve(binary, data) {
  const child = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  const printed = new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`the server printed no token: ${text}`)), START_MS);
    const take = (chunk) => {
      text += chunk;
      const found = /open (\S+) and set up .*token: (\S+)/.exec(text);
      if (!found) return;
      clearTimeout(timer);
      resolve({ url: found[1], token: found[2] });
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
  return { child, printed };
}

export default {
  "the first administrator, then on without WeCom": async ({ run, visit, check }) => {
    if (!run.binary) throw new Error("XINLU_BINARY is not set: the first run needs a server of its own");
    const data = await mkdtemp(join(tmpdir(), "xinlu-first-run-"));
    const { child, printed } = serve(run.binary, data);
    try {
      const { url, token } = await printed;
      const own = await makeRun({ ...run, url, users: [{ name: "chief", role: "chief", password: PASSWORD }] });
      const page = await visitAt(own, (await visit()).context().browser());
      await page.goto(`${own.url}/conversations`);
      await page.waitForURL(/set-up/);
      await page.fill("input[name=token]", "wrong");
      await page.fill("input[name=name]", "chief");
      await page.fill("input[name=password]", PASSWORD);
      await page.fill("input[name=again]", PASSWORD);
      await page.getByRole("button", { name: "创建并继续" }).click();
      await page.getByText("设置口令不正确").waitFor();
      await page.fill("input[name=token]", token);
      await page.getByRole("button", { name: "创建并继续" }).click();
      await page.getByRole("heading", { name: "接入哪家企业" }).waitFor();
      await page.getByRole("button", { name: "以后再接入" }).click();
      await page.getByRole("button", { name: "进入控制台" }).click();
      await page.getByText("还没有接入企业微信").waitFor();
      await signOutAndIn(own, page);
      own.complaints.forEach((complaint) => run.complain(complaint));
      check((await page.evaluate(async () => (await (await fetch("/api/v1/setup")).json()).needed)) === false, "set-up is over");
      await page.context().close();
    } finally {
      child.kill("SIGINT");
      await new Promise((resolve) => child.once("exit", resolve));
      await rm(data, { recursive: true, force: true });
    }
    return undefined;
  },
};

async function signOutAndIn(own, page) {
  await page.locator("[data-tour=user]").click();
  await page.getByText("退出登录").click();
  await page.waitForURL(/sign-in/);
  await signIn(own, page, "chief");
}
