/** Partial downloads: `SHA256.part`, kept until the next run requests the same bytes. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../system/files.ts';

/** Smaller parts are not worth a file. */
const MIN_PART_BYTES = 256 << 10;

/** Returns and removes the part; undefined when there is none, or when it is longer than the whole. */
export function takePart(folder: string, sha256: string, size: number): Uint8Array | undefined {
  const path = join(folder, `${sha256}.part`);
  const held = statSync(path, { throwIfNoEntry: false });
  if (!held) return undefined;
  const bytes = readFileSync(path);
  rmSync(path, { force: true });
  return held.size <= size ? bytes : undefined;
}

/** Saves a part; one that cannot be written is dropped. */
export function keepPart(folder: string, sha256: string, bytes: Uint8Array): void {
  if (bytes.length < MIN_PART_BYTES) return;
  try {
    writeFileAtomic(join(folder, `${sha256}.part`), [bytes]);
  } catch {
    // A full disk is reported where it matters.
  }
}
