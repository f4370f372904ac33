/**
 * What V8 made of a program's text, kept from one run to the next so that it need not be parsed and compiled again. V8 itself rejects what
 * another version of it or other flags made; that the bytes are those that were written, and belong to this text, is checked here.
 *
 *     contents = SHA-256 of the program's text, the work of the run that wrote it (a byte), V8's data
 */
import { digest } from '../nix-format/hash.ts';
import { readChecked, writeChecked } from './checked-file.ts';

const KIND = { name: 'code', schema: 1 };
const HASH = 32;

export interface KeptCode {
  data: Buffer;
  /** How long the run took that it is of: the logarithm to base 2 of its milliseconds. A longer one has used more of the program. */
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

  /** A cache that cannot be written is no fault. */
  save({ data, work }: KeptCode): void {
    try {
      writeChecked(this.path, KIND, [Buffer.concat([this.textHash, Buffer.of(work), data])]);
    } catch {
      // The next run compiles it again.
    }
  }
}
