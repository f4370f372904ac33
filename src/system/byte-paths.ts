/** The file system's names, links and paths as the strings of tree/byte-name.ts. */
import { readdirSync, readlinkSync, type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { bytesOfName, hasOddBytes, nameOfBytes } from '../tree/byte-name.ts';

/** Returns the path for system calls. */
export function filePath(path: string): string | Buffer {
  return hasOddBytes(path) ? bytesOfName(path) : path;
}

/** Names in a directory, in its own order. Throws the system's error. */
export function namesIn(path: string): string[] {
  const place = filePath(path);
  const names = readdirSync(place);
  return names.some(mayBeOdd) ? readdirSync(place, 'buffer').map(nameOfBytes) : names;
}

export interface DirectoryItem {
  name: string;
  kind: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>;
}

/** The same with the type of each. Throws the system's error. */
export function itemsIn(path: string): DirectoryItem[] {
  const place = filePath(path);
  const entries = readdirSync(place, WITH_TYPES);
  return itemsOf(entries) ?? itemsOfBytes(readdirSync(place, BYTES_WITH_TYPES));
}

/** `itemsIn` without blocking this thread. */
export async function itemsInAsync(path: string): Promise<DirectoryItem[]> {
  const place = filePath(path);
  const entries = await readdir(place, WITH_TYPES);
  return itemsOf(entries) ?? itemsOfBytes(await readdir(place, BYTES_WITH_TYPES));
}

const WITH_TYPES = { withFileTypes: true } as const;
/** Node's types lack bytes with types. */
const BYTES_WITH_TYPES = { withFileTypes: true, encoding: 'buffer' as BufferEncoding } as const;

/** Whether a name was perhaps not UTF-8; only then is a directory read again as bytes, which takes longer. */
function mayBeOdd(name: string): boolean {
  return name.includes('\ufffd');
}

function itemsOf(entries: Dirent[]): DirectoryItem[] | undefined {
  return entries.some(({ name }) => mayBeOdd(name)) ? undefined : entries.map((entry) => ({ name: entry.name, kind: entry }));
}

function itemsOfBytes(entries: Dirent[]): DirectoryItem[] {
  return entries.map((entry) => ({ name: nameOfBytes(entry.name as unknown as Buffer), kind: entry }));
}

/** A symlink's target. Throws the system's error. */
export function linkTargetOf(path: string): string {
  return nameOfBytes(readlinkSync(filePath(path), 'buffer'));
}
