/**
 * Finds which store paths a stream of bytes mentions, by their hash parts, as Nix does: a mention is 32 characters of base 32 in a row that
 * are the hash of a candidate. The window jumps past a character that is not base 32, so most bytes are never examined.
 */
import { STORE_DIR } from '../nix-format/store-path.ts';

const hashLength = 32;
const isDigit = new Uint8Array(256);
for (const char of '0123456789abcdfghijklmnpqrsvwxyz') isDigit[char.charCodeAt(0)] = 1;

export class ReferenceScanner {
  private readonly missing = new Map<string, string>();
  private readonly found = new Set<string>();
  private tail: Buffer = Buffer.alloc(0);

  /** `candidates` are store paths. */
  constructor(candidates: Iterable<string>) {
    for (const path of candidates) this.missing.set(path.slice(STORE_DIR.length + 1, STORE_DIR.length + 1 + hashLength), path);
  }

  /** The next piece of the stream. */
  update(chunk: Uint8Array): void {
    if (this.missing.size === 0) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.tail.length > 0) this.scan(Buffer.concat([this.tail, bytes.subarray(0, hashLength - 1)]));
    this.scan(bytes);
    const kept = hashLength - 1;
    this.tail =
      bytes.length >= kept
        ? Buffer.from(bytes.subarray(bytes.length - kept))
        : Buffer.from(Buffer.concat([this.tail, bytes]).subarray(-kept));
  }

  /** The candidates that were mentioned so far, sorted. */
  references(): string[] {
    return [...this.found].sort();
  }

  private scan(bytes: Buffer): void {
    for (let start = 0; start + hashLength <= bytes.length; ) {
      let at = start + hashLength - 1;
      while (at >= start && isDigit[bytes[at]!] === 1) at--;
      if (at >= start) {
        start = at + 1;
        continue;
      }
      const hash = bytes.toString('latin1', start, start + hashLength);
      const path = this.missing.get(hash);
      if (path !== undefined) {
        this.found.add(path);
        this.missing.delete(hash);
      }
      start += 1;
    }
  }
}
