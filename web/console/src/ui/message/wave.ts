/** The shape of a voice: peaks of a WAV file (PCM, 8 or 16 bits), one for each bar. */

const RIFF = 0x52494646;
const WAVE = 0x57415645;
const FORMAT = 0x666d7420;
const DATA = 0x64617461;
const HEADER_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
const PCM = 1;

export interface Wave {
  /** From 0 to 1, one for each bar. */
  peaks: number[];
  seconds: number;
}

interface Layout {
  channels: number;
  rate: number;
  bits: number;
}

/** `undefined` when the bytes are no WAV that can be read here; the browser may play it all the same. */
export function waveOf(bytes: ArrayBuffer, bars: number): Wave | undefined {
  const view = new DataView(bytes);
  if (view.byteLength < HEADER_BYTES || view.getUint32(0) !== RIFF || view.getUint32(8) !== WAVE) return undefined;
  let layout: Layout | undefined;
  let at = HEADER_BYTES;
  while (at + CHUNK_HEAD_BYTES <= view.byteLength) {
    const name = view.getUint32(at);
    const start = at + CHUNK_HEAD_BYTES;
    const length = Math.min(view.getUint32(at + 4, true), view.byteLength - start);
    if (name === FORMAT && length >= 16) layout = layoutAt(view, start);
    if (name === DATA) return layout && peaksOf(view, start, length, layout, bars);
    at = start + length + (length % 2);
  }
  return undefined;
}

function layoutAt(view: DataView, start: number): Layout | undefined {
  const layout = { channels: view.getUint16(start + 2, true), rate: view.getUint32(start + 4, true), bits: view.getUint16(start + 14, true) };
  const readable = view.getUint16(start, true) === PCM && (layout.bits === 8 || layout.bits === 16) && layout.channels > 0 && layout.rate > 0;
  return readable ? layout : undefined;
}

function peaksOf(view: DataView, start: number, length: number, layout: Layout, bars: number): Wave {
  const width = layout.bits / 8;
  const samples = Math.floor(length / width);
  const sample = (index: number): number =>
    width === 2 ? Math.abs(view.getInt16(start + index * width, true)) / 32_768 : Math.abs(view.getUint8(start + index) - 128) / 128;
  const peaks = Array.from({ length: bars }, (_, bar) => {
    const end = Math.floor(((bar + 1) * samples) / bars);
    let peak = 0;
    for (let index = Math.floor((bar * samples) / bars); index < end; index += 1) peak = Math.max(peak, sample(index));
    return peak;
  });
  const loudest = Math.max(...peaks, Number.EPSILON);
  return { peaks: peaks.map((peak) => peak / loudest), seconds: samples / layout.channels / layout.rate };
}

/** Bars of a voice that was not fetched: even, so that nobody takes them for its shape. */
export function flatWave(bars: number): number[] {
  return Array.from({ length: bars }, () => 0.25);
}
