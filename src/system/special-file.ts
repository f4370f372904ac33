/** Detects special files: a pipe may block its reader for ever, a device may never end. */
import type { Stats } from 'node:fs';

/** The device number of /dev/null on Linux, which reads as an empty file and often stands for one. */
const nullDevice = 0x103;

/** Describes a special file; returns undefined for files, folders, links and /dev/null. */
export function specialKind(status: Stats): string | undefined {
  if (status.isFIFO()) return 'a named pipe';
  if (status.isSocket()) return 'a socket';
  if (status.isBlockDevice()) return 'a block device';
  return status.isCharacterDevice() && status.rdev !== nullDevice ? 'a character device' : undefined;
}
