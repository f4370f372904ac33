import { threadNumber } from './thread.ts';

/** Linux's NAME_MAX: what one component of a path has at most, in bytes. */
const LONGEST = 255;
let counter = 0;

/**
 * A name for what is made beside `path` before it takes that place, or is moved away from it: `NAME.PID-THREAD-NUMBER.kind`, which nothing
 * else of a living process of this machine has. NAME is cut where the whole would be longer than a file's name may be, as store paths' can
 * have 244 bytes themselves.
 */
export function besideName(path: string, kind: string): string {
  const suffix = `.${process.pid}-${threadNumber()}-${counter++}.${kind}`;
  const slash = path.lastIndexOf('/') + 1;
  return path.slice(0, slash) + cut(path.slice(slash), LONGEST - suffix.length) + suffix;
}

/** The first `most` bytes of a name's UTF-8, without a part of a character at the end. */
function cut(name: string, most: number): string {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length <= most) return name;
  let end = most;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
