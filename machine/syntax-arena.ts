/** The memory in which a text becomes a tree: taken piece by piece, and all given up with the text. */
import { STOP_UNSUPPORTED } from './cells';
import { fail } from './host';

let at: u32 = 0;
let end: u32 = 0;

export function openArena(from: u32, to: u32): void {
  at = from;
  end = to;
}

/** The text has something wrong or unusual: the other parser is to read it. Never returns. */
export function cannot(): void {
  fail(STOP_UNSUPPORTED);
}

/** `size` in bytes, a multiple of 4. The memory holds anything. */
// @ts-ignore: decorator
@inline
export function room(size: u32): u32 {
  const p = at;
  at = p + size;
  if (at > end) cannot();
  return p;
}

/** Bytes that are put one after the other begin here; nothing else may take memory until `endBytes`. */
// @ts-ignore: decorator
@inline
export function bytesEnd(): u32 {
  return at;
}

// @ts-ignore: decorator
@inline
export function putByte(byte: u32): void {
  if (at >= end) cannot();
  store<u8>(at++, byte);
}

export function putBytes(bytes: u32, length: u32): void {
  if (length > end - at) cannot();
  memory.copy(at, bytes, length);
  at += length;
}

/** The last bytes are taken back. */
export function backTo(place: u32): void {
  at = place;
}

export function endBytes(): void {
  at = (at + 3) & ~3;
  if (at > end) cannot();
}

/** Sequences: first cell, last cell, count. The first word of a cell leads to the next, or is 0. */
const SEQUENCE: u32 = 12;

// @ts-ignore: decorator
@inline
export function emptySequence(at: u32): void {
  store<u32>(at, 0);
  store<u32>(at + 4, 0);
  store<u32>(at + 8, 0);
}

export function newSequence(): u32 {
  const p = room(SEQUENCE);
  emptySequence(p);
  return p;
}

export function append(sequence: u32, cell: u32): void {
  store<u32>(cell, 0);
  const last = load<u32>(sequence + 4);
  store<u32>(last === 0 ? sequence : last, cell);
  store<u32>(sequence + 4, cell);
  store<u32>(sequence + 8, load<u32>(sequence + 8) + 1);
}

/** Appends a cell {next, item}. */
export function appendItem(sequence: u32, item: u32): void {
  const cell = room(8);
  store<u32>(cell + 4, item);
  append(sequence, cell);
}

// @ts-ignore: decorator
@inline
export function countOf(sequence: u32): u32 {
  return load<u32>(sequence + 8);
}
