/**
 * What V8 made of a program's text, kept from one run to the next so that it need not be parsed and compiled again. V8 itself rejects what
 * another version of it or other flags made; that the bytes are those that were written, and belong to this text, is checked here.
 *
 *     file = SHA-256 of the rest, SHA-256 of the program's text, the work of the run that wrote it (a byte), V8's data
 */
import { readFileSync } from 'node:fs';
import { digest } from '../nix-format/hash.ts';
import { writeFileAtomic } from './files.ts';

const HASH = 32;

export interface KeptCode {
  data: Buffer;
  /** How long the run took that it is of: the logarithm to base 2 of its milliseconds. A longer one has used more of the program. */
  work: number;
}

export class CodeCacheFile {
  private readonly textHash: Buffer;

  constructor(private readonly path: string, text: Uint8Array) {
    this.textHash = digest('sha256', text);
  }

  load(): KeptCode | undefined {
    let file: Buffer;
    try {
      file = readFileSync(this.path);
    } catch {
      return undefined;
    }
    const rest = file.subarray(HASH);
    if (rest.length <= HASH + 1 || !file.subarray(0, HASH).equals(digest('sha256', rest)) || !rest.subarray(0, HASH).equals(this.textHash)) return undefined;
    return { work: rest[HASH]!, data: rest.subarray(HASH + 1) };
  }

  /** A cache that cannot be written is no fault. */
  save({ data, work }: KeptCode): void {
    const rest = Buffer.concat([this.textHash, Buffer.of(work), data]);
    try {
      writeFileAtomic(this.path, [digest('sha256', rest), rest]);
    } catch {
      // The next run compiles it again.
    }
  }
}
