/** Fetches a long file with its progress and hands it to the reader. No time limit: a long conversation takes its time. */
import { faultOf } from "../../../api/client";

export interface Saved {
  name: string;
  bytes: number;
}

export async function saveFile(address: string, fallbackName: string, progress: (bytes: number, total: number | undefined) => void, signal: AbortSignal): Promise<Saved> {
  const response = await fetch(address, { credentials: "same-origin", cache: "no-store", signal });
  if (!response.ok || !response.body) throw await faultOf(response);
  const total = Number(response.headers.get("content-length")) || undefined;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of streamOf(response.body)) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    progress(bytes, total);
  }
  const name = nameIn(response.headers.get("content-disposition")) ?? fallbackName;
  hand(new Blob(chunks, { type: response.headers.get("content-type") ?? "application/octet-stream" }), name);
  return { name, bytes };
}

async function* streamOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function hand(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken the bytes by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/** RFC 6266: `filename*=UTF-8''…` before `filename="…"`. */
export function nameIn(disposition: string | null): string | undefined {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  if (encoded !== undefined) {
    try {
      return decodeURIComponent(encoded.trim());
    } catch {
      // A name that does not decode is no name.
    }
  }
  return /filename="([^"]+)"/i.exec(disposition ?? "")?.[1];
}
