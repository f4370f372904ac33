/** Bytes that are put together one after the other, in a part of the memory of their own, and looked at where they lie. */
import { bytesOf, lengthOf, STOP_MEMORY } from './cells';
import { fail as stop, sha256 } from './host';
import { symbolOf } from './symbols';

let at: u32 = 0;
let end: u32 = 0;

export function initText(from: u32, to: u32): void {
  at = from;
  end = to;
}

/** Where the next byte will lie. */
export function here(): u32 {
  return at;
}

/** Where the memory that bytes may be put in ends. */
export function hereEnd(): u32 {
  return end;
}

/** Takes back what was put since `here` was this. */
export function backTo(place: u32): void {
  at = place;
}

export function put(byte: u32): void {
  if (at >= end) stop(STOP_MEMORY);
  store<u8>(at++, byte);
}

export function putBytes(bytes: u32, length: u32): void {
  if (length > end - at) stop(STOP_MEMORY);
  memory.copy(at, bytes, length);
  at += length;
}

export function putString(string: u32): void {
  putBytes(bytesOf(string), lengthOf(string));
}

/** In quotes, with `\` before what needs it, as ATerm has strings. */
export function putQuoted(string: u32): void {
  const length = lengthOf(string);
  const bytes = bytesOf(string);
  if (length * 2 + 2 > end - at) stop(STOP_MEMORY);
  let to = at;
  store<u8>(to++, 34);
  for (let i: u32 = 0; i < length; i++) {
    let c = <u32>load<u8>(bytes + i);
    if (c === 34 || c === 92 || (c < 14 && (c === 10 || c === 13 || c === 9))) {
      store<u8>(to++, 92);
      c = c === 10 ? 110 : c === 13 ? 114 : c === 9 ? 116 : c;
    }
    store<u8>(to++, c);
  }
  store<u8>(to++, 34);
  at = to;
}

const digest: u32 = <u32>memory.data(32, 4);

/** The SHA-256 of what was put since `from`; at the address that it answers until the next. */
export function digestFrom(from: u32): u32 {
  sha256(from, at - from, digest);
  return digest;
}

function hexDigit(n: u32): u32 {
  return n < 10 ? 48 + n : 87 + n;
}

/** The bytes in base 16. */
export function putHex(bytes: u32, length: u32): void {
  for (let i: u32 = 0; i < length; i++) {
    const byte = <u32>load<u8>(bytes + i);
    put(hexDigit(byte >>> 4));
    put(hexDigit(byte & 15));
  }
}

/** A digest folded to 20 bytes and in Nix's base 32: the first part of a store path's name. */
export function putPathHash(bytes: u32): void {
  for (let i: u32 = 20; i < 32; i++) store<u8>(bytes + i - 20, load<u8>(bytes + i - 20) ^ load<u8>(bytes + i));
  for (let n: i32 = 31; n >= 0; n--) {
    const bit = <u32>n * 5;
    const i = bit >>> 3;
    const j = bit & 7;
    const low = <u32>load<u8>(bytes + i) >>> j;
    const high: u32 = i + 1 < 20 ? (<u32>load<u8>(bytes + i + 1)) << (8 - j) : 0;
    const digit = (low | high) & 31;
    put(digit < 10 ? 48 + digit : load<u8>(letters + digit - 10));
  }
}

/** abcdfghijklmnpqrsvwxyz */
const letters: u32 = <u32>(
  memory.data<u8>([97, 98, 99, 100, 102, 103, 104, 105, 106, 107, 108, 109, 110, 112, 113, 114, 115, 118, 119, 120, 121, 122])
);

/** What was put since `from`, as a symbol, and taken back. */
export function symbolFrom(from: u32): u32 {
  const symbol = symbolOf(from, at - from);
  at = from;
  return symbol;
}
