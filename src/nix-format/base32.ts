import { BootflakeError } from '../base/errors.ts';

/** Nix's alphabet: no e, o, u, t. The digits run from the last byte to the first. */
const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz';

const VALUES = new Int8Array(256).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** The number of base-32 digits that Nix prints for `byteLength` bytes. */
export function nixBase32Length(byteLength: number): number {
  return byteLength === 0 ? 0 : Math.floor((byteLength * 8 - 1) / 5) + 1;
}

export function nixBase32Encode(bytes: Uint8Array): string {
  let text = '';
  for (let n = nixBase32Length(bytes.length) - 1; n >= 0; n--) {
    const bit = n * 5;
    const i = bit >> 3;
    const j = bit & 7;
    const digit = ((bytes[i]! >> j) | ((bytes[i + 1] ?? 0) << (8 - j))) & 0x1f;
    text += ALPHABET[digit];
  }
  return text;
}

/** Decodes; throws `nix-format/bad-base32` at a character outside the alphabet or at set bits beyond the last byte. */
export function nixBase32Decode(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(text.length - n - 1);
    const digit = code < 256 ? VALUES[code]! : -1;
    if (digit < 0) throw badBase32(text, `the character '${text[text.length - n - 1]}' is no digit of it`);
    const bit = n * 5;
    const i = bit >> 3;
    const j = bit & 7;
    if (i < bytes.length) bytes[i]! |= (digit << j) & 0xff;
    const carry = digit >> (8 - j);
    if (i + 1 < bytes.length) bytes[i + 1]! |= carry;
    else if (i >= bytes.length ? digit !== 0 : carry !== 0) throw badBase32(text, 'bits are set past its end');
  }
  return bytes;
}

export function isNixBase32(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255 || VALUES[code]! < 0) return false;
  }
  return true;
}

function badBase32(text: string, why: string): BootflakeError {
  return new BootflakeError({ code: 'nix-format/bad-base32', message: `invalid base-32 text '${text}': ${why}` });
}
