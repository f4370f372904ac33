/** Both kinds of string literals: what src/lang/strings.ts does. */
import { N_TEXT } from './nodes';
import { goOn, next, rest, T_INDENTED, textEnd, token } from './lexer';
import { indentedString } from './parse-indented';
import { interpolation } from './parser';
import { appendItem, bytesEnd, cannot, endBytes, newSequence, putByte, putBytes } from './syntax-arena';
import { node1, node2, X_STRING } from './syntax-tree';

/** From the quotes at hand to behind the string. */
export function string(): u32 {
  return token === T_INDENTED ? indentedString() : quotedString();
}

/** What `\c` stands for, but for line breaks. */
export function escaped(c: u32): u32 {
  return c === 110 ? 10 : c === 114 ? 13 : c === 116 ? 9 : c === 13 ? 10 : c;
}

/** The string that consists of these parts; `plain`: no part but the first is there, and that is text. */
export function stringOf(parts: u32, interpolated: bool): u32 {
  if (interpolated) return node1(N_TEXT, parts);
  const first = load<u32>(parts);
  return first === 0 ? node2(X_STRING, 0, 0) : load<u32>(first, 4);
}

function quotedString(): u32 {
  const from = rest();
  const end = textEnd();
  let p = from;
  // Most have neither escapes nor interpolations. Behind the text there are zeros; a null byte in a string is an error.
  while (true) {
    const c = <u32>load<u8>(p);
    if (c === 34) {
      goOn(p + 1);
      next();
      return node2(X_STRING, from, p - from);
    }
    if (c === 92 || c === 36 || c === 13) break;
    if (c === 0) cannot();
    p++;
  }
  return pieces(from, end);
}

function pieces(begin: u32, end: u32): u32 {
  const parts = newSequence();
  let interpolated = false;
  let bytes = bytesEnd();
  let from = begin;
  let p = begin;
  while (true) {
    const c = <u32>load<u8>(p);
    if (c === 34) break;
    if (c === 0) cannot();
    if (c === 92) {
      if (p + 1 >= end) cannot();
      putBytes(from, p - from);
      putByte(escaped(load<u8>(p + 1)));
      p += load<u16>(p + 1) === 0x0a0d ? 3 : 2;
      from = p;
    } else if (c === 13) {
      putBytes(from, p - from);
      putByte(10);
      p += load<u8>(p + 1) === 10 ? 2 : 1;
      from = p;
    } else if (c === 36) {
      const d = <u32>load<u8>(p + 1);
      if (d === 123) {
        flush(parts, bytes, from, p);
        goOn(p + 2);
        appendItem(parts, interpolation());
        interpolated = true;
        from = p = rest();
        bytes = bytesEnd();
      } else if (d === 34 || d === 92 || d === 13 || d === 0) p++;
      else p += 2; // `$$` swallows the second one, so that `$${` is no interpolation.
    } else p++;
  }
  flush(parts, bytes, from, p);
  goOn(p + 1);
  next();
  return stringOf(parts, interpolated);
}

/** Ends a piece of text: bytes that were put, and those from `from` to `to`. */
function flush(parts: u32, bytes: u32, from: u32, to: u32): void {
  if (bytesEnd() === bytes) {
    if (to > from) appendItem(parts, node2(X_STRING, from, to - from));
    return;
  }
  putBytes(from, to - from);
  const length = bytesEnd() - bytes;
  endBytes();
  appendItem(parts, node2(X_STRING, bytes, length));
}
