/** The bytes of an expression that belongs to no address, as src/machine/write-expression.ts describes them, put word by word. */
import { T_STRING } from './cells';
import { W_ADDRESS, W_PLAIN, W_POSITION, W_SYMBOL } from './nodes';
import { cannot, room } from './syntax-arena';
import { NAME_LENGTH, NAME_NEXT, NAME_NUMBER } from './syntax-names';

const HEADER: u32 = 16;

let out: u32 = 0;
let words: u32 = 0;
/** Where the next word goes, and its meaning: one byte each until all are known. */
let to: u32 = 0;
let end: u32 = 0;
let kinds: u32 = 0;
let kindsStart: u32 = 0;
let symbolCount: u32 = 0;
let firstSymbol: u32 = 0;
let lastSymbol: u32 = 0;
let builtinCount: u32 = 0;
/** Cells {next, offset, number of the symbol}. */
let firstBuiltin: u32 = 0;
let lastBuiltin: u32 = 0;
let size: u32 = 0;

/** Bytes from `from` to `until`, which are a multiple of 8 apart, and behind them a quarter as many for the meanings. */
export function openWritten(from: u32, until: u32): void {
  out = from;
  words = to = from + HEADER;
  end = until;
  kinds = kindsStart = until;
  symbolCount = firstSymbol = lastSymbol = builtinCount = firstBuiltin = lastBuiltin = 0;
  plain(0);
}

// @ts-ignore: decorator
@inline
function put(word: u32, kind: u32): void {
  if (to >= end) cannot();
  store<u32>(to, word);
  to += 4;
  store<u8>(kinds++, kind);
}

/** The offset of the next word. */
// @ts-ignore: decorator
@inline
export function offset(): u32 {
  return (to - words) >>> 2;
}

export function plain(word: u32): void {
  put(word, W_PLAIN);
}

export function address(word: u32): void {
  put(word, W_ADDRESS);
}

/** An offset, where 0 is none. */
export function optional(word: u32): void {
  put(word, word === 0 ? W_PLAIN : W_ADDRESS);
}

export function position(word: u32): void {
  put(word, W_POSITION);
}

export function symbol(name: u32): void {
  put(symbolNumber(name), W_SYMBOL);
}

/** A symbol, or 0 for none. */
export function optionalSymbol(name: u32): void {
  if (name === 0 || load<u32>(name, NAME_LENGTH) === 0) plain(0);
  else symbol(name);
}

/** Symbols are numbered as they come. */
export function symbolNumber(name: u32): u32 {
  const known = load<u32>(name, NAME_NUMBER);
  if (known !== 0) return known - 1;
  store<u32>(name, ++symbolCount, NAME_NUMBER);
  store<u32>(name, 0, NAME_NEXT);
  if (lastSymbol === 0) firstSymbol = name;
  else store<u32>(lastSymbol, name, NAME_NEXT);
  lastSymbol = name;
  return symbolCount - 1;
}

/** The next word will be the builtin of this name. */
export function builtin(name: u32): void {
  const cell = room(12);
  store<u32>(cell, 0);
  store<u32>(cell, offset(), 4);
  store<u32>(cell, symbolNumber(name), 8);
  if (lastBuiltin === 0) firstBuiltin = cell;
  else store<u32>(lastBuiltin, cell);
  lastBuiltin = cell;
  builtinCount++;
  plain(0);
}

export function string(bytes: u32, length: u32): u32 {
  const at = offset();
  const count: u32 = (length + 3) >>> 2;
  if (length > end - to) cannot();
  plain(T_STRING);
  plain(length);
  plain(0);
  if (count === 0) return at;
  if ((count << 2) > end - to) cannot();
  store<u32>(to + 4 * count - 4, 0);
  memory.copy(to, bytes, length);
  memory.fill(kinds, <u8>W_PLAIN, count);
  to += 4 * count;
  kinds += count;
  return at;
}

/** Puts all together; answers where it begins. */
export function finish(root: u32): u32 {
  const count = offset();
  store<u32>(out, root);
  store<u32>(out, count, 4);
  store<u32>(out, symbolCount, 8);
  store<u32>(out, builtinCount, 12);
  memory.fill(kinds, 0, 16);
  if ((count >>> 2) + 4 + 8 * builtinCount > end - to) cannot();
  for (let from = kindsStart; from < kinds; from += 16) {
    store<u32>(
      to,
      packed(load<u32>(from)) | (packed(load<u32>(from, 4)) << 8) |
        (packed(load<u32>(from, 8)) << 16) | (packed(load<u32>(from, 12)) << 24),
    );
    to += 4;
  }
  for (let cell = firstBuiltin; cell !== 0; cell = load<u32>(cell)) {
    store<u64>(to, load<u64>(cell, 4));
    to += 8;
  }
  for (let name = firstSymbol; name !== 0; name = load<u32>(name, NAME_NEXT)) putSymbol(load<u32>(name), load<u32>(name, NAME_LENGTH));
  size = to - out;
  return out;
}

/** Four meanings in a byte. */
// @ts-ignore: decorator
@inline
function packed(four: u32): u32 {
  return (four | (four >>> 6) | (four >>> 12) | (four >>> 18)) & 255;
}

function putSymbol(bytes: u32, length: u32): void {
  const padded = (length + 3) & ~3;
  if (length > end - to || padded + 4 > end - to) cannot();
  store<u32>(to, length);
  if (padded > 0) store<u32>(to + padded, 0);
  memory.copy(to + 4, bytes, length);
  to += 4 + padded;
}

/** How many bytes were put together last. */
export function writtenSize(): u32 {
  return size;
}
