/** The mock says what the document says: its paths are the document's or announced, and each endpoint answers something. */
import { describe, expect, test } from "vitest";
import document from "../../openapi.json";
import { allHandlers, answer } from "../src/mock";

/** Built by the server while the console is; gone from here when the document has them. */
const ANNOUNCED = /^\/api\/v1\/(sessions\/(totp|list)|setup\/wecom\/check|channels\/wecom\/\{corp\}|searches|search\/suggestions|archive\/(reconciliation|log\/history)|conversations\/\{\w+\}\/(readers|export)|messages\/\{\w+\}\/reveal|media\/\{\w+\}\/preview|licences|users\/\{\w+\}\/(reach|totp)|roles\/reach|events)/;
const PATHS = Object.entries(document.paths as Record<string, Record<string, unknown>>);

test("every handler is an endpoint", () => {
  const known = new Set(PATHS.map(([path]) => path));
  expect(allHandlers().map((handler) => handler.path).filter((path) => !known.has(path) && !ANNOUNCED.test(path))).toEqual([]);
});

describe("every question of the document has an answer", () => {
  const questions = PATHS.filter(([, operations]) => "get" in operations).map(([path]) => path);
  test.each(questions)("%s", async (path) => {
    const response = await answer(allHandlers(), new Request(`${location.origin}${path.replace(/\{\w+\}/g, "1")}`));
    // A part's mock may not know this id; then it says so as the server does.
    expect(response.ok || response.headers.get("content-type") === "application/json", String(response.status)).toBe(true);
  });
});
