/**
 * V8's compiled code of a program, kept between runs so that the text need not be parsed and compiled again. V8 itself rejects code made by
 * another version or with other flags; this file checks that the bytes are intact and belong to this text.
 *
 *     contents = SHA-256 of the program's text, the work of the run that wrote it (a byte), V8's data
 */
import { digest } from '../nix-format/hash.ts';
import { readChecked, writeChecked } from './checked-file.ts';

const KIND = { name: 'code', schema: 1 };
const HASH = 32;

export interface KeptCode {
  data: Buffer;
  /** The base-2 logarithm of the milliseconds that the recording run took. A longer run has compiled more of the program. */
  work: number;
}

export class CodeCacheFile {
  private readonly textHash: Buffer;

  constructor(
    private readonly path: string,
    text: Uint8Array,
  ) {
    this.textHash = digest('sha256', text);
  }

  load(): KeptCode | undefined {
    const contents = readChecked(this.path, KIND);
    if (!contents?.subarray(0, HASH).equals(this.textHash)) return undefined;
    return { work: contents[HASH]!, data: contents.subarray(HASH + 1) };
  }

  /** Ignores a cache that cannot be written. */
  save({ data, work }: KeptCode): void {
    try {
      writeChecked(this.path, KIND, [Buffer.concat([this.textHash, Buffer.of(work), data])]);
    } catch {
      // The next run compiles it again.
    }
  }
}
