/** The event stream: taking events apart, going on where it stopped, asking at intervals where there is none. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventParser, listen, liveState, startStream, stopStream } from "../src/api/stream";

function streamOf(...chunks: string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  stopStream();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("events over any cut of the bytes", () => {
  const text = ": beat\r\n\r\nevent: hello\ndata: {\"epoch\":\"a\"}\n\nevent: change\ndata: {\"x\":\ndata: 1}\n\n";
  for (let size = 1; size < text.length; size += 1) {
    const found: string[] = [];
    const parser = new EventParser((name, data) => found.push(`${name} ${data}`));
    for (let at = 0; at < text.length; at += size) parser.push(text.slice(at, at + size));
    expect(found, `${size}`).toEqual(['hello {"epoch":"a"}', 'change {"x":\n1}']);
  }
});

test("a broken connection goes on where it stopped", async () => {
  const asked: string[] = [];
  const told: unknown[] = [];
  const fetched = vi.fn((address: string) => {
    asked.push(address);
    if (asked.length === 1) return Promise.resolve(streamOf('event: hello\ndata: {"epoch":"e1","last_seq":7}\n\n', 'event: change\ndata: {"seq":8,"topic":"intake"}\n\n', 'event: change\ndata: {"seq":9,"topic":"index"}\n\n'));
    return new Promise<Response>(() => undefined);
  });
  vi.stubGlobal("fetch", fetched);
  const stop = listen({ topics: ["intake"], run: (change) => told.push(change?.seq) });
  startStream();
  await vi.advanceTimersByTimeAsync(2_000);
  stop();
  expect(asked).toEqual(["/api/v1/events", "/api/v1/events?after=e1%3A9"]);
  expect(told).toEqual([8]);
});

test("resync tells everybody to ask again", async () => {
  const told: unknown[] = [];
  vi.stubGlobal("fetch", vi.fn().mockResolvedValueOnce(streamOf('event: hello\ndata: {"epoch":"e2","last_seq":3}\n\nevent: resync\ndata: {"seq":3}\n\n')).mockReturnValue(new Promise(() => undefined)));
  const stop = listen({ topics: ["log"], run: (change) => told.push(change) });
  startStream();
  await vi.advanceTimersByTimeAsync(100);
  stop();
  expect(told).toEqual([undefined]);
});

test("a server without events is asked at intervals", async () => {
  let told = 0;
  vi.stubGlobal("fetch", vi.fn().mockResolvedValue(new Response(null, { status: 404 })));
  const stop = listen({ topics: ["alarm"], run: () => (told += 1) });
  startStream();
  await vi.advanceTimersByTimeAsync(11_000);
  stop();
  expect(liveState.value).toBe("polling");
  expect(told).toBe(2);
});
