/**
 * File names and link targets as strings, although those of a file system are bytes: UTF-8 is decoded, and each other byte becomes the
 * character U+DC00 plus that byte, which no text has (PEP 383, "surrogateescape"). So every name round-trips.
 */
import { isUtf8 } from 'node:buffer';

/** Returns whether the name has a byte that is not UTF-8. */
export function hasOddBytes(name: string): boolean {
  return /[\udc80-\udcff]/.test(name) && /\p{Surrogate}/u.test(name);
}

export function nameOfBytes(bytes: Uint8Array): string {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isUtf8(data)) return data.toString('utf8');
  let name = '';
  for (let at = 0; at < data.length; ) {
    const length = lengthOfCharacter(data, at);
    name += length > 0 ? data.toString('utf8', at, at + length) : String.fromCharCode(0xdc00 + data[at]!);
    at += length || 1;
  }
  return name;
}

/** The inverse of `nameOfBytes`. Other lone surrogates become U+FFFD, as usual when text is encoded. */
export function bytesOfName(name: string): Buffer {
  if (!hasOddBytes(name)) return Buffer.from(name, 'utf8');
  const bytesOf = (char: string): Buffer => {
    return /^[\udc80-\udcff]$/.test(char) ? Buffer.from([char.charCodeAt(0) - 0xdc00]) : Buffer.from(char, 'utf8');
  };
  return Buffer.concat(Array.from(name, bytesOf));
}

/** Returns the length in bytes of the character that begins there; 0 if none does. */
function lengthOfCharacter(data: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= data.length; length++) if (isUtf8(data.subarray(at, at + length))) return length;
  return 0;
}
