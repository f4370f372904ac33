import fs from 'node:fs';
import { threadNumber } from './thread.ts';

/** Linux's NAME_MAX: the maximum length of a path component in bytes. */
const LONGEST = 255;
let counter = 0;

/**
 * Returns a name for a file made beside `path` before it is renamed to it, or moved away from it: `NAME.PID-THREAD-NUMBER.kind`, unique
 * among the living processes of this machine. NAME is truncated if the result would be too long for a file name, as store paths can have
 * 244 bytes themselves.
 */
export function besideName(path: string, kind: string): string {
  const suffix = `.${process.pid}-${threadNumber()}-${counter++}.${kind}`;
  const slash = path.lastIndexOf('/') + 1;
  return path.slice(0, slash) + cut(path.slice(slash), LONGEST - suffix.length) + suffix;
}

const DAY_MS = 86_400_000;

/**
 * Removes the files of a folder that killed processes made under such names: those of no process of this machine that were written more
 * than a day ago (whether those of another container are abandoned is not known sooner).
 */
export function removeAbandonedBeside(folder: string): void {
  for (const name of namesIn(folder)) {
    const [, pid] = /\.([0-9]+)-[0-9]+-[0-9]+\.[a-z]+$/.exec(name) ?? [];
    if (pid === undefined || fs.existsSync(`/proc/${pid}`)) continue;
    const path = `${folder}/${name}`;
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stat && !stat.isDirectory() && Date.now() - stat.mtimeMs > DAY_MS) fs.rmSync(path, { force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

/** Returns the first `most` bytes of a name's UTF-8, without an incomplete character at the end. */
function cut(name: string, most: number): string {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length <= most) return name;
  let end = most;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
