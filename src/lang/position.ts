/**
 * Places in source texts as single numbers. Every text that is parsed gets a range of the number line (`base .. base + length`),
 * so a position costs one small integer in the tree and in compiled code; 0 means "no position". The text behind a number is
 * found by binary search, and only when a position is shown.
 */
export type Pos = number;

export const noPos: Pos = 0;

export interface SourceText {
  /** Absolute path, or `«string»` and the like for what came from no file. Bytes. */
  readonly file: string;
  readonly text: string;
  readonly base: number;
  lineStarts?: number[];
}

/** File, line and column (both from 1, columns count bytes) of a position, and the text of the line. */
export interface PlainPosition {
  file: string;
  line: number;
  column: number;
  sourceLine: string;
}

const sources: SourceText[] = [];
let nextBase = 1;

/** Reserves the positions of one text. The text is kept for as long as the process lives, as positions in values may point to it. */
export function registerSource(file: string, text: string): SourceText {
  return register({ file, text, base: nextBase }, text.length);
}

/** The same of a text in bytes, which become a byte string when a position in it is shown, as few are. */
export function registerBytes(file: string, bytes: Uint8Array): SourceText {
  let text: string | undefined;
  const source: SourceText = {
    file,
    base: nextBase,
    get text() {
      return (text ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'));
    },
  };
  return register(source, bytes.length);
}

function register(source: SourceText, length: number): SourceText {
  nextBase += length + 1;
  sources.push(source);
  return source;
}

/** The text that a position lies in; undefined for `noPos`. */
export function sourceOf(pos: Pos): SourceText | undefined {
  if (pos === noPos) return undefined;
  let low = 0;
  let high = sources.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sources[middle]!.base <= pos) low = middle;
    else high = middle - 1;
  }
  const source = sources[low];
  return source && source.base <= pos && pos <= source.base + source.text.length ? source : undefined;
}

function lineStartsOf(source: SourceText): number[] {
  if (source.lineStarts) return source.lineStarts;
  const starts = [0];
  const { text } = source;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10) starts.push(i + 1);
    else if (c === 13) {
      if (text.charCodeAt(i + 1) === 10) i++;
      starts.push(i + 1);
    }
  }
  source.lineStarts = starts;
  return starts;
}

/** What a position means to a reader; undefined for `noPos`. */
export function resolvePos(pos: Pos): PlainPosition | undefined {
  const source = sourceOf(pos);
  if (!source) return undefined;
  const offset = pos - source.base;
  const starts = lineStartsOf(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  const start = starts[low]!;
  const end = starts[low + 1] ?? source.text.length;
  return {
    file: source.file,
    line: low + 1,
    column: offset - start + 1,
    sourceLine: source.text.slice(start, end).replace(/[\r\n]+$/, ''),
  };
}
