/** Numbers and paths: what src/lang/parser.ts makes of them. */
import { parseFloat } from './host';
import { N_PATH, N_PATH_TEXT, NO_FOLDER } from './nodes';
import { pathPartEnd } from './characters';
import { goOn, next, rest, start, tokenEnd } from './lexer';
import { interpolation } from './parser';
import { appendItem, backTo, bytesEnd, cannot, endBytes, newSequence, putByte, putBytes, room } from './syntax-arena';
import { node1, node2, node3, X_FLOAT, X_INT, X_STRING } from './syntax-tree';

function number(kind: u32): u32 {
  const p = room(16);
  store<u32>(p, kind);
  return p;
}

export function integer(from: u32, to: u32): u32 {
  let p = from;
  while (p < to && load<u8>(p) === 48) p++;
  if (to - p > 19) cannot();
  let n: u64 = 0;
  for (; p < to; p++) n = n * 10 + (load<u8>(p) - 48);
  if (n > <u64>i64.MAX_VALUE) cannot();
  const node = number(X_INT);
  store<u64>(node, n, 4);
  return node;
}

/** JavaScript answers not-a-number for what is no float of ours. */
export function float(from: u32, to: u32): u32 {
  const value = parseFloat(from, to - from);
  if (value !== value) cannot();
  const node = number(X_FLOAT);
  store<f64>(node, value, 4);
  return node;
}

/** How many folders up the last path that was made normal goes. */
let up: u32 = 0;

/** From the path token at hand to behind the path. */
export function path(): u32 {
  const from = start;
  const to = tokenEnd;
  const absolute = load<u8>(from) === 47;
  let p = rest();
  let slash = load<u8>(to - 1) === 47;
  const parts = newSequence();
  let count: u32 = 0;
  let firstIsText = false;
  // The first part is filled in at the end.
  const first = node3(N_PATH, 0, 0, 0);
  appendItem(parts, first);
  while (true) {
    if (load<u16>(p) === 0x7b24) {
      goOn(p + 2);
      appendItem(parts, interpolation());
      count++;
      p = rest();
      slash = false;
      continue;
    }
    const end = pathPartEnd(p);
    if (end === p) break;
    // A doubled slash ends the path's first part. One more part may follow, and then an interpolation: `/a//b${c}`.
    if (count === 1 && firstIsText) cannot();
    if (count === 0) firstIsText = true;
    appendItem(parts, node2(X_STRING, p, end - p));
    count++;
    slash = load<u8>(end - 1) === 47;
    p = end;
  }
  if (slash || (count === 1 && firstIsText)) cannot();
  goOn(p);
  next();
  const bytes = bytesEnd();
  normalise(from, to, absolute);
  if (count > 0 && load<u8>(to - 1) === 47 && to - from > (absolute ? 1 : 0) && !(absolute && bytesEnd() - bytes === 1)) putByte(47);
  store<u32>(first, bytes, 4);
  store<u32>(first, bytesEnd() - bytes, 8);
  store<u32>(first, absolute ? NO_FOLDER : up, 12);
  endBytes();
  return count === 0 ? first : node1(N_PATH_TEXT, parts);
}

/** Puts the parts of a path, each behind a slash, without `.` and `..`. */
function normalise(from: u32, to: u32, absolute: bool): void {
  const bytes = bytesEnd();
  up = 0;
  let p = from;
  while (p < to) {
    let end = p;
    while (end < to && load<u8>(end) !== 47) end++;
    const length = end - p;
    const dots = length > 0 && load<u8>(p) === 46;
    if (dots && length === 2 && load<u8>(p + 1) === 46) {
      let last = bytesEnd();
      if (last === bytes) up++;
      else {
        while (load<u8>(--last) !== 47);
        backTo(last);
      }
    } else if (length > 0 && !(dots && length === 1)) {
      putByte(47);
      putBytes(p, length);
    }
    p = end + 1;
  }
  if (absolute && bytesEnd() === bytes) putByte(47);
}
