/** Indented strings, and the stripping of their indentation: what src/lang/strings.ts does. */
import { goOn, next, rest, textEnd } from './lexer';
import { escaped, stringOf } from './parse-strings';
import { interpolation } from './parser';
import { append, appendItem, backTo, bytesEnd, cannot, endBytes, newSequence, putBytes, room } from './syntax-arena';
import { node2, X_STRING } from './syntax-tree';

/** Pieces are cells {next, kind, bytes, length} or {next, kind, expression}. Escapes end a line's indentation and are not part of it. */
const TEXT: u32 = 0;
const ESCAPE: u32 = 1;
const EXPRESSION: u32 = 2;

const lineBreak: u32 = <u32>memory.data<u8>([10]);
const carriageReturn: u32 = <u32>memory.data<u8>([13]);
const tab: u32 = <u32>memory.data<u8>([9]);

function addPiece(pieces: u32, kind: u32, a: u32, b: u32): void {
  const cell = room(16);
  store<u32>(cell, kind, 4);
  store<u32>(cell, a, 8);
  store<u32>(cell, b, 12);
  append(pieces, cell);
}

function addText(pieces: u32, from: u32, to: u32): void {
  if (to > from) addPiece(pieces, TEXT, from, to - from);
}

/** `''\c` */
function addEscape(pieces: u32, at: u32): void {
  const c = escaped(load<u8>(at));
  addPiece(pieces, ESCAPE, c === load<u8>(at) ? at : c === 10 ? lineBreak : c === 13 ? carriageReturn : tab, 1);
}

export function indentedString(): u32 {
  const end = textEnd();
  const pieces = newSequence();
  let interpolated = false;
  let p = firstLineEnd(rest());
  let from = p;
  while (true) {
    const c = <u32>load<u8>(p);
    if (c !== 36 && c !== 39) {
      // A null byte, or the end of the text, behind which there are zeros.
      if (c === 0) cannot();
      p++;
      continue;
    }
    const d = <u32>load<u8>(p + 1);
    if (c === 36) {
      if (d === 123) {
        addText(pieces, from, p);
        goOn(p + 2);
        addPiece(pieces, EXPRESSION, interpolation(), 0);
        interpolated = true;
        from = p = rest();
      } else if (d === 39) {
        addText(pieces, from, p);
        addPiece(pieces, ESCAPE, p, 1);
        from = ++p;
      } else if (d === 0) cannot();
      else p += 2;
    } else if (d === 39) {
      addText(pieces, from, p);
      const e = <u32>load<u8>(p + 2);
      if (e === 36) {
        addPiece(pieces, ESCAPE, p + 2, 1);
        p += 3;
      } else if (e === 39) {
        addPiece(pieces, ESCAPE, p, 2);
        p += 3;
      } else if (e === 92 && p + 3 < end) {
        addEscape(pieces, p + 3);
        p += load<u16>(p + 3) === 0x0a0d ? 5 : 4;
      } else break;
      from = p;
    } else if (d === 36) {
      addText(pieces, from, p);
      addPiece(pieces, ESCAPE, p, 1);
      from = ++p;
    } else if (d === 0) cannot();
    else p += 2;
  }
  goOn(p + 2);
  next();
  return stringOf(strip(pieces, leastIndentation(pieces)), interpolated);
}

/** Blanks up to the first line break, and that itself, are not part of the string. */
function firstLineEnd(from: u32): u32 {
  let p = from;
  while (load<u8>(p) === 32) p++;
  return load<u8>(p) === 10 ? p + 1 : from;
}

/** The least indentation of all lines; lines of blanks only don't count. */
function leastIndentation(pieces: u32): u32 {
  let atStart = true;
  let least: u32 = u32.MAX_VALUE;
  let current: u32 = 0;
  for (let piece = load<u32>(pieces); piece !== 0; piece = load<u32>(piece)) {
    if (load<u32>(piece, 4) !== TEXT) {
      if (atStart) least = min(least, current);
      atStart = false;
      continue;
    }
    let p = load<u32>(piece, 8);
    const to = p + load<u32>(piece, 12);
    while (p < to) {
      const c = <u32>load<u8>(p++);
      if (c === 10) {
        atStart = true;
        current = 0;
      } else if (atStart) {
        if (c === 32) current++;
        else {
          atStart = false;
          least = min(least, current);
        }
      }
    }
  }
  return least;
}

/** Answers the parts of the string: text that is next to other text is joined. */
function strip(pieces: u32, least: u32): u32 {
  const parts = newSequence();
  let atStart = true;
  let dropped: u32 = 0;
  let bytes = bytesEnd();
  for (let piece = load<u32>(pieces); piece !== 0; piece = load<u32>(piece)) {
    if (load<u32>(piece, 4) === EXPRESSION) {
      atStart = false;
      dropped = 0;
      flush(parts, bytes);
      appendItem(parts, load<u32>(piece, 8));
      bytes = bytesEnd();
      continue;
    }
    const own = bytesEnd();
    let p = load<u32>(piece, 8);
    const to = p + load<u32>(piece, 12);
    // From here on the source is kept as it is.
    let from = p;
    for (; p < to; p++) {
      const c = <u32>load<u8>(p);
      if (!atStart) atStart = c === 10;
      else if (c === 32) {
        if (dropped++ < least) {
          putBytes(from, p - from);
          from = p + 1;
        }
      } else {
        dropped = 0;
        if (c !== 10) atStart = false;
      }
    }
    putBytes(from, to - from);
    if (load<u32>(piece) === 0) dropLastBlanks(own);
  }
  flush(parts, bytes);
  return parts;
}

/** The last line, when it is of blanks only, goes with the closing quotes. */
function dropLastBlanks(from: u32): void {
  let p = bytesEnd();
  while (p > from && load<u8>(p - 1) === 32) p--;
  if (p > from && load<u8>(p - 1) === 10) backTo(p);
}

function flush(parts: u32, bytes: u32): void {
  const length = bytesEnd() - bytes;
  if (length === 0) return;
  endBytes();
  appendItem(parts, node2(X_STRING, bytes, length));
}
