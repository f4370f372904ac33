import { readdirSync } from 'node:fs';
import type { FileFacts } from './file-operations.ts';

export interface DirectoryEntry {
  name: string;
  type: FileFacts['type'];
}

/** What is in a directory, sorted by name. Symlinks are not followed. */
export function directoryEntries(path: string): DirectoryEntry[] {
  return readdirSync(path, { withFileTypes: true })
    .map((entry): DirectoryEntry => ({
      name: entry.name,
      type: entry.isFile() ? 'regular' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'symlink' : 'other',
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
