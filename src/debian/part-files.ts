/** What has come of downloads that were cut: `SHA256.part`, kept until the next run asks for the same bytes. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../system/files.ts';

/** Less than this is not worth a file. */
const MIN_PART_BYTES = 256 << 10;

/** Returns and forgets the part; undefined when there is none, or one that is longer than the whole. */
export function takePart(folder: string, sha256: string, size: number): Uint8Array | undefined {
  const path = join(folder, `${sha256}.part`);
  const held = statSync(path, { throwIfNoEntry: false });
  if (!held) return undefined;
  const bytes = readFileSync(path);
  rmSync(path, { force: true });
  return held.size <= size ? bytes : undefined;
}

/** A part that cannot be written is lost, no more. */
export function keepPart(folder: string, sha256: string, bytes: Uint8Array): void {
  if (bytes.length < MIN_PART_BYTES) return;
  try {
    writeFileAtomic(join(folder, `${sha256}.part`), [bytes]);
  } catch {
    // A full disk is told where it matters.
  }
}
