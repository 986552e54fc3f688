/** The page of conversations against the mock API: what it asks for, and what it shows. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Mounted, mountAt } from "./support/mounting";

const READS = [{ permission: "conversation.read" }];
let mounted: Mounted | undefined;

async function at(address: string, ...rest: Parameters<typeof mountAt> extends [string, ...infer Rest] ? Rest : never): Promise<Mounted> {
  return (mounted = await mountAt(address, ...rest));
}
const asked = (start: string): string[] => (mounted?.asked ?? []).map((one) => one.line).filter((line) => line.startsWith(start));
const LIST = "GET /api/v1/conversations?";

/** Nothing is laid out here, so the virtual list draws nothing by itself. */
beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener: () => undefined, removeEventListener: () => undefined }));
});
afterEach(() => {
  mounted?.page.unmount();
  document.body.innerHTML = "";
  vi.unstubAllGlobals();
});

describe("the list", () => {
  it("asks for words once, with the page", async () => {
    await at("/conversations", { grants: READS });
    expect(asked(LIST)).toEqual(["GET /api/v1/conversations?limit=50&words=true"]);
  });

  it("is narrowed by the title in the address, and says so", async () => {
    const { text, page, router, settle } = await at("/conversations?title=内测群", { grants: READS });
    expect(asked(LIST).every((line) => line.includes(`title=${encodeURIComponent("内测群")}`))).toBe(true);
    expect(text()).toContain("内测群");
    await page.find(".filter button").trigger("click");
    await settle();
    expect(router.currentRoute.value.query["title"]).toBeUndefined();
    expect(asked(LIST).at(-1)).not.toContain("title=");
  });

  it("offers the title first in the box; Enter narrows", async () => {
    const { page, router, settle } = await at("/conversations", { grants: READS });
    const box = page.find<HTMLInputElement>(".finder__input");
    await box.trigger("focus");
    await box.setValue("内测");
    expect(page.find(".finder__hit").text()).toContain("标题含“内测”的会话");
    await box.trigger("keydown", { key: "Enter" });
    await settle();
    expect(router.currentRoute.value.query["title"]).toBe("内测");
    expect(box.element.value).toBe("");
  });
});

describe("a conversation", () => {
  it("is opened at a day by the day's moment, not by a made-up key", async () => {
    await at("/conversations/4?at=2026-11-20", { grants: READS });
    expect(asked("GET /api/v1/conversations/4/messages")[0]).toBe(`GET /api/v1/conversations/4/messages?at=${encodeURIComponent("2026-11-19T16:00:00.000Z")}&limit=60`);
  });

  it("tells who read it only to those who may know", async () => {
    const auditor = await at("/conversations/4?panel=readers", { grants: READS });
    expect(auditor.asked.some(({ line }) => line.endsWith("/4/readers"))).toBe(true);
    auditor.page.unmount();
    const employee = await at("/conversations/4?panel=readers", { grants: [{ permission: "conversation.read", everybody: false, members: 1 }] });
    expect(employee.asked.some(({ line }) => line.includes("/readers"))).toBe(false);
  });
});
