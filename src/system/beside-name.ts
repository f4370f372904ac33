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

/** Returns the first `most` bytes of a name's UTF-8, without an incomplete character at the end. */
function cut(name: string, most: number): string {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length <= most) return name;
  let end = most;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
