/** The figures of the home page and what waits, out of one answer of the server. */
import { expect, test } from "vitest";
import { allHandlers, answer } from "../src/mock";
import { RateMeter } from "../src/parts/home/rate";
import { DAYS_SHOWN, type Status, figuresOf, readCheckpoint, rebuildPercent } from "../src/parts/home/status";
import { waitingOf } from "../src/parts/home/waiting";

async function status(): Promise<Status> {
  return (await (await answer(allHandlers(), new Request(`${location.origin}/api/v1/archive/status`))).json()) as Status;
}

test("figures", async () => {
  const figures = figuresOf(await status());
  expect(figures).toMatchObject({ parked: 12, missing: 0, open: 3, light: "green", keysMissing: [4], seats: { permitted: 46, notPermitted: 2, silent: 3 }, today: { received: 3117 } });
  expect(figures.days).toHaveLength(DAYS_SHOWN);
  expect(figures.days.at(-1)?.received).toBe(3117);
  expect(figures.lagMs).toBeGreaterThanOrEqual(0);
});

test("missing messages turn the light red, no report leaves it grey", async () => {
  const asked = await status();
  const [source] = asked.sources;
  expect(figuresOf({ ...asked, sources: source ? [{ ...source, missing: 1 }] : [] }).light).toBe("red");
  expect(figuresOf({ ...asked, last_report: null }).light).toBe("grey");
});

test("what waits leads where it is seen to", async () => {
  const asked = await status();
  const list = waitingOf({ status: asked, figures: figuresOf(asked), may: (one) => one === "channel.manage", totpOff: true });
  expect(list.map((one) => one.key)).toEqual(["waiting.keys", "waiting.parked", "waiting.media", "waiting.seats", "waiting.totp"]);
  expect(list[0]?.to).toEqual({ name: "wecom" });
});

test("a checkpoint is read, anything else is not", () => {
  expect(readCheckpoint("origin\n12\nroot=\n\n— sig")).toEqual({ origin: "origin", size: 12, root: "root=" });
  expect(readCheckpoint("nothing")).toBeUndefined();
});

test("the rate is that between two looks", () => {
  const meter = new RateMeter();
  meter.add(0, 100);
  meter.add(2_000, 300);
  meter.add(4_000, 10);
  expect(meter.rates).toEqual([100, 0]);
});

test("a rebuild tells how far it is, and is never done before it ended", () => {
  const index = { documents: 5, bytes: 10, position: 8, end: 8, generation: 1 };
  expect([undefined, null, 0, 4, 8].map((rebuilding) => rebuildPercent({ ...index, rebuilding: rebuilding ?? null }))).toEqual([0, 0, 0, 50, 99]);
  expect(rebuildPercent({ ...index, end: 0, rebuilding: 0 })).toBe(0);
});
