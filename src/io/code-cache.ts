/**
 * What V8 made of a program's text, kept from one run to the next so that it need not be parsed and compiled again. V8 itself rejects what
 * another version of it or other flags made; that the bytes are those that were written, and belong to this text, is checked here.
 *
 *     file = SHA-256 of the rest, SHA-256 of the program's text, 1 if the run that wrote it was a long one else 0, V8's data
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from './files.ts';

const HASH = 32;

export interface KeptCode {
  data: Buffer;
  /** Of a long run, which has used most of the program; what a short one leaves is replaced by it. */
  thorough: boolean;
}

export class CodeCacheFile {
  private readonly textHash: Buffer;

  constructor(private readonly path: string, text: string) {
    this.textHash = sha256(Buffer.from(text, 'utf8'));
  }

  load(): KeptCode | undefined {
    let file: Buffer;
    try {
      file = readFileSync(this.path);
    } catch {
      return undefined;
    }
    const rest = file.subarray(HASH);
    if (rest.length <= HASH + 1 || !file.subarray(0, HASH).equals(sha256(rest)) || !rest.subarray(0, HASH).equals(this.textHash)) return undefined;
    return { thorough: rest[HASH] === 1, data: rest.subarray(HASH + 1) };
  }

  /** A cache that cannot be written is no fault. */
  save({ data, thorough }: KeptCode): void {
    const rest = Buffer.concat([this.textHash, Buffer.of(thorough ? 1 : 0), data]);
    try {
      writeFileAtomic(this.path, [sha256(rest), rest]);
    } catch {
      // The next run compiles it again.
    }
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
