/** What is no regular file: a pipe may keep its reader waiting for ever, a device may never end. */
import type { Stats } from 'node:fs';

/** The device number of /dev/null on Linux, which reads as an empty file and is put in the place of one. */
const nullDevice = 0x103;

/** In words, what cannot be read as a file is; undefined for files, folders and links, and for /dev/null. */
export function specialKind(status: Stats): string | undefined {
  if (status.isFIFO()) return 'a named pipe';
  if (status.isSocket()) return 'a socket';
  if (status.isBlockDevice()) return 'a block device';
  return status.isCharacterDevice() && status.rdev !== nullDevice ? 'a character device' : undefined;
}
