/**
 * Makes a screenshot small: the 8-bit RGB or RGBA PNG of a browser becomes one of at most 256 colours (median cut over the colours
 * that occur, weighed by how often). A page of text has few colours, so nothing of it can be seen.
 */
import { deflateSync, inflateSync } from "node:zlib";

const COLOURS_MAX = 256;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunksOf(png) {
  const found = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    found.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return found;
}

const paeth = (left, up, corner) => {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
};

/** Takes the filters off (PNG, section 9). */
function unfiltered(raw, width, height, bytes) {
  const stride = width * bytes;
  const out = Buffer.alloc(stride * height);
  const predict = [() => 0, (left) => left, (_, up) => up, (left, up) => (left + up) >> 1, paeth];
  for (let y = 0; y < height; y += 1) {
    const filter = predict[raw[y * (stride + 1)]];
    for (let x = 0; x < stride; x += 1) {
      const here = y * stride + x;
      const left = x >= bytes ? out[here - bytes] : 0;
      const up = y > 0 ? out[here - stride] : 0;
      const corner = x >= bytes && y > 0 ? out[here - stride - bytes] : 0;
      out[here] = (raw[y * (stride + 1) + 1 + x] + filter(left, up, corner)) & 255;
    }
  }
  return out;
}

/** Boxes of colours, always the one with the widest spread of the most pixels cut at its middle. */
function palette(counts) {
  const part = (colour, channel) => (colour >> (16 - 8 * channel)) & 255;
  const boxOf = (colours) => {
    const spread = [0, 1, 2].map((channel) => {
      let [least, most] = [255, 0];
      for (const [colour] of colours) {
        least = Math.min(least, part(colour, channel));
        most = Math.max(most, part(colour, channel));
      }
      return most - least;
    });
    const channel = spread.indexOf(Math.max(...spread));
    const weight = colours.reduce((sum, [, count]) => sum + Math.sqrt(count), 0);
    return { colours, channel, score: spread[channel] * weight };
  };
  const boxes = [boxOf([...counts])];
  while (boxes.length < COLOURS_MAX) {
    const at = boxes.reduce((best, box, index) => (box.colours.length > 1 && box.score > (boxes[best]?.colours.length > 1 ? boxes[best].score : 0) ? index : best), 0);
    const box = boxes[at];
    if (box.colours.length < 2) break;
    const sorted = [...box.colours].sort(([one], [other]) => part(one, box.channel) - part(other, box.channel));
    const half = sorted.reduce((sum, [, count]) => sum + Math.sqrt(count), 0) / 2;
    let sum = 0;
    let cut = sorted.findIndex(([, count]) => (sum += Math.sqrt(count)) >= half) + 1;
    cut = Math.min(Math.max(cut, 1), sorted.length - 1);
    boxes.splice(at, 1, boxOf(sorted.slice(0, cut)), boxOf(sorted.slice(cut)));
  }
  // The commonest colour of each box stands for it: grounds stay exactly what they are.
  return boxes.map((box) => box.colours.reduce((best, one) => (one[1] > best[1] ? one : best))[0]);
}

function nearest(colours, wanted) {
  const [r, g, b] = [wanted >> 16, (wanted >> 8) & 255, wanted & 255];
  let [best, distance] = [0, Infinity];
  for (const [index, colour] of colours.entries()) {
    const found = ((colour >> 16) - r) ** 2 + (((colour >> 8) & 255) - g) ** 2 + ((colour & 255) - b) ** 2;
    if (found < distance) [best, distance] = [index, found];
  }
  return best;
}

const CRC = Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  let crc = 0xffffffff;
  for (const byte of body) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, out.length - 4);
  return out;
}

export function quantised(png) {
  const chunks = chunksOf(png);
  const head = chunks.find((one) => one.type === "IHDR").data;
  const [width, height, depth, kind] = [head.readUInt32BE(0), head.readUInt32BE(4), head[8], head[9]];
  if (depth !== 8 || (kind !== 2 && kind !== 6) || head[12] !== 0) return png;
  const bytes = kind === 6 ? 4 : 3;
  const raw = inflateSync(Buffer.concat(chunks.filter((one) => one.type === "IDAT").map((one) => one.data)));
  const pixels = unfiltered(raw, width, height, bytes);
  const counts = new Map();
  const colourAt = (at) => (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
  for (let at = 0; at < pixels.length; at += bytes) counts.set(colourAt(at), (counts.get(colourAt(at)) ?? 0) + 1);
  const colours = palette(counts);
  const index = new Map([...counts.keys()].map((colour) => [colour, nearest(colours, colour)]));
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = index.get(colourAt((y * width + x) * bytes));
  }
  const newHead = Buffer.from(head);
  newHead[9] = 3;
  const table = Buffer.from(colours.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([SIGNATURE, chunk("IHDR", newHead), chunk("PLTE", table), chunk("IDAT", deflateSync(lines, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
