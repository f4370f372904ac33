import { BootflakeError } from '../base/errors.ts';
import { hasOddBytes } from '../tree/byte-name.ts';
import { shownName } from '../tree/file-name.ts';
import { itemsIn } from './byte-paths.ts';
import type { FileFacts } from './file-operations.ts';

export interface DirectoryEntry {
  name: string;
  type: FileFacts['type'];
}

/** What is in a directory, sorted by name. Symlinks are not followed. Throws `io/name-not-utf8`, as builders and images need text. */
export function directoryEntries(path: string): DirectoryEntry[] {
  return itemsIn(path)
    .map(({ name, kind }): DirectoryEntry => {
      if (hasOddBytes(name)) throw notText(path, name);
      return { name, type: kind.isFile() ? 'regular' : kind.isDirectory() ? 'directory' : kind.isSymbolicLink() ? 'symlink' : 'other' };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function notText(folder: string, name: string): BootflakeError {
  return new BootflakeError({
    code: 'io/name-not-utf8',
    message: `'${folder}' has a file whose name is not UTF-8: ${shownName(name)}`,
    hint: 'Rename it, or leave it out with builtins.path { filter = ...; }',
  });
}
