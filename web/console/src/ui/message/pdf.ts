/**
 * PDF for a frame. Browsers refuse to show PDF in a sandboxed frame, so the bytes get a type that only the PDF viewer
 * takes, and only if they begin as a PDF does: nothing else can be run under our origin, whatever the file claims to be.
 */
const FRONT_BYTES = 1024;
const MARK = "%PDF-";

/** The address of the bytes as PDF; `undefined` when they are none. Let go of it with `URL.revokeObjectURL`. */
export async function pdfAddress(blob: Blob): Promise<string | undefined> {
  const front = new TextDecoder("latin1").decode(await blob.slice(0, FRONT_BYTES).arrayBuffer());
  return front.includes(MARK) ? URL.createObjectURL(new Blob([blob], { type: "application/pdf" })) : undefined;
}

/** Whether this browser shows PDF in a page at all. */
export function showsPdf(): boolean {
  return navigator.pdfViewerEnabled !== false;
}
