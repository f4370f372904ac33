/** A treemap as SVG 1.1: rectangles whose areas are sizes. Names are foreign text. */
import { visibleLine } from '../base/control-characters.ts';

export interface TreemapItem {
  name: string;
  bytes: number;
  /** Shown with the name while the pointer is on the rectangle. */
  note: string;
  children: TreemapItem[];
}

interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

const WIDTH = 1600;
const HEIGHT = 1000;
/** For the name of what has children. */
const HEAD = 16;
const GAP = 2;
/** Pixels below which nothing is drawn. */
const LEAST = 2;
const LETTER = 6.6;

/** Items of 0 bytes are left out. */
export function treemap(root: TreemapItem): string {
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(`${root.name} ${root.note}`)}</title>`,
  ];
  draw(root, { x: 0, y: 0, width: WIDTH, height: HEIGHT }, 0, 0, lines);
  lines.push('</svg>', '');
  return lines.join('\n');
}

function draw(item: TreemapItem, place: Rectangle, depth: number, hue: number, lines: string[]): void {
  const { x, y, width, height } = place;
  if (width < LEAST || height < LEAST) return;
  const fill = depth === 0 ? '#fff' : `hsl(${hue},${item.children.length > 0 ? 30 : 55}%,${Math.min(92, 76 + 5 * depth)}%)`;
  const corners = `x="${pixels(x)}" y="${pixels(y)}" width="${pixels(width)}" height="${pixels(height)}"`;
  lines.push(
    `<g><title>${escaped(`${item.name}\n${item.note}`)}</title>`,
    `<rect ${corners} fill="${fill}" stroke="#555" stroke-width="0.5"/>`,
  );
  const room = Math.floor((width - 6) / LETTER);
  if (room >= 3 && height >= HEAD) {
    const name = visibleLine(item.name);
    const text = name.length > room ? `${name.slice(0, room - 1)}…` : name;
    lines.push(`<text x="${pixels(x + 3)}" y="${pixels(y + 12)}">${escaped(text)}</text>`);
  }
  lines.push('</g>');
  const inner = { x: x + GAP, y: y + HEAD, width: width - 2 * GAP, height: height - HEAD - GAP };
  if (item.children.length === 0 || inner.width < LEAST || inner.height < LEAST) return;
  for (const [child, rectangle] of squarify(item.children, inner)) {
    draw(child, rectangle, depth + 1, depth === 0 ? hueOf(child.name) : hue, lines);
  }
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk 2000): rows along the shorter side, each as long as its rectangles become more square by it.
 */
export function squarify(items: readonly TreemapItem[], place: Rectangle): [TreemapItem, Rectangle][] {
  const sorted = items.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
  const total = sorted.reduce((sum, { bytes }) => sum + bytes, 0);
  const scale = (place.width * place.height) / total;
  const placed: [TreemapItem, Rectangle][] = [];
  let { x, y, width, height } = place;
  for (let at = 0; at < sorted.length; ) {
    const side = Math.min(width, height);
    let [count, area] = [0, 0];
    let worst = Infinity;
    while (at + count < sorted.length) {
      const next = area + sorted[at + count]!.bytes * scale;
      const ratio = worstRatio(sorted[at]!.bytes * scale, sorted[at + count]!.bytes * scale, next, side);
      if (ratio > worst) break;
      [worst, area] = [ratio, next];
      count += 1;
    }
    const thickness = side > 0 ? area / side : 0;
    let along = 0;
    for (const item of sorted.slice(at, at + count)) {
      const length = thickness > 0 ? (item.bytes * scale) / thickness : 0;
      placed.push([
        item,
        width >= height ? { x, y: y + along, width: thickness, height: length } : { x: x + along, y, width: length, height: thickness },
      ]);
      along += length;
    }
    if (width >= height) {
      x += thickness;
      width -= thickness;
    } else {
      y += thickness;
      height -= thickness;
    }
    at += count;
  }
  return placed;
}

/** The largest ratio of sides in a row, of which the largest and the smallest areas and the sum are given. */
function worstRatio(largest: number, smallest: number, sum: number, side: number): number {
  return Math.max((side * side * largest) / (sum * sum), (sum * sum) / (side * side * smallest));
}

function pixels(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function hueOf(name: string): number {
  return [...name].reduce((sum, char) => (sum * 31 + char.codePointAt(0)!) % 360, 7);
}

/** As text of an element. XML 1.0 has no place for control characters, lone surrogates and U+FFFE and U+FFFF, however written. */
function escaped(text: string): string {
  return text
    .split('\n')
    .map(visibleLine)
    .join('\n')
    .replace(/[\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
