/** The file system's names, links and paths as the strings of tree/byte-name.ts. */
import { readdirSync, readlinkSync, type Dirent } from 'node:fs';
import { bytesOfName, hasOddBytes, nameOfBytes } from '../tree/byte-name.ts';

/** Returns the path for system calls. */
export function filePath(path: string): string | Buffer {
  return hasOddBytes(path) ? bytesOfName(path) : path;
}

/** Names in a directory, in its own order. Throws the system's error. */
export function namesIn(path: string): string[] {
  const place = filePath(path);
  const names = readdirSync(place);
  // Read again as bytes only if a name may not be UTF-8: bytes take longer.
  return names.some((name) => name.includes('\ufffd')) ? readdirSync(place, 'buffer').map(nameOfBytes) : names;
}

export interface DirectoryItem {
  name: string;
  kind: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>;
}

/** The same with the type of each. Throws the system's error. */
export function itemsIn(path: string): DirectoryItem[] {
  const place = filePath(path);
  const entries = readdirSync(place, { withFileTypes: true });
  if (!entries.some(({ name }) => name.includes('\ufffd'))) return entries.map((entry) => ({ name: entry.name, kind: entry }));
  const inBytes = readdirSync(place, { withFileTypes: true, encoding: 'buffer' as BufferEncoding });
  return inBytes.map((entry) => ({ name: nameOfBytes(entry.name as unknown as Buffer), kind: entry }));
}

/** A symlink's target. Throws the system's error. */
export function linkTargetOf(path: string): string {
  return nameOfBytes(readlinkSync(filePath(path), 'buffer'));
}
