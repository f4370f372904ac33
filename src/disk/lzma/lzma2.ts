/**
 * Packs bytes as LZMA2, the format of .xz files' blocks: chunks of at most 2 MiB of input and 64 KiB of output, each with a header that
 * says what begins anew (https://tukaani.org/xz/xz-file-format.txt, section 5.3.1, and lzma2.txt of XZ for Java).
 */
import { LzmaEncoder } from './encoder.ts';
import { MatchFinder, type MatchSearch } from './match-finder.ts';

/** Of a chunk, unpacked and packed. The packed bytes end a few bytes behind what is said to the encoder. */
const [MOST_INPUT, MOST_PACKED] = [2 ** 21, 2 ** 16];
const PACKED_MARGIN = 64;
/** A match may go beyond the end that is said to the encoder. */
const LONGEST_MATCH = 273;
/** Of a chunk that is not packed. */
const MOST_PLAIN = 2 ** 16;
/** lc=3, lp=0, pb=2: the encoder's. */
const PROPERTIES = (2 * 5 + 0) * 9 + 3;
/** Control bytes. */
const CONTROL = {
  end: 0,
  plainAndNewDictionary: 1,
  plain: 2,
  packed: 0x80,
  newState: 0x20,
  newProperties: 0x40,
  newDictionary: 0x60,
} as const;
const SEARCH: MatchSearch = { window: 2 ** 22, hashBits: 18, chain: 16 };
/** In a block's header: a dictionary of 4 MiB, 2 | (byte & 1) shifted by byte / 2 + 11. */
export const LZMA2_DICTIONARY_BYTE = 20;

/** `input` has at most the dictionary's 4 MiB. */
export function xzBlockData(input: Uint8Array): Uint8Array {
  const out: Uint8Array[] = [];
  const finder = new MatchFinder(input, SEARCH);
  let encoder = new LzmaEncoder(input, finder);
  let begins: number = CONTROL.newDictionary;
  for (let at = 0; at < input.length; ) {
    const end = Math.min(input.length, at + MOST_INPUT - LONGEST_MATCH);
    const { bytes, next } = encoder.encode(at, end, MOST_PACKED - PACKED_MARGIN);
    const length = next - at;
    if (bytes.length < length && bytes.length <= MOST_PACKED) {
      const header = Buffer.alloc(begins >= CONTROL.newProperties ? 6 : 5);
      header.writeUInt8(CONTROL.packed | begins | ((length - 1) >> 16), 0);
      header.writeUInt16BE((length - 1) & 0xffff, 1);
      header.writeUInt16BE(bytes.length - 1, 3);
      if (header.length === 6) header.writeUInt8(PROPERTIES, 5);
      out.push(header, bytes);
      begins = 0;
    } else {
      for (let from = at; from < next; from += MOST_PLAIN) {
        const plain = input.subarray(from, Math.min(next, from + MOST_PLAIN));
        const header = Buffer.alloc(3);
        header.writeUInt8(begins === CONTROL.newDictionary ? CONTROL.plainAndNewDictionary : CONTROL.plain, 0);
        header.writeUInt16BE(plain.length - 1, 1);
        out.push(header, plain);
        if (begins === CONTROL.newDictionary) begins = CONTROL.newProperties;
      }
      // The decoder has not seen these symbols.
      encoder = new LzmaEncoder(input, finder);
      begins = Math.max(begins, CONTROL.newState);
    }
    at = next;
  }
  out.push(Buffer.from([CONTROL.end]));
  return Buffer.concat(out);
}
