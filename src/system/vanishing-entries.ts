import { lstatSync } from 'node:fs';
import { filePath } from './byte-paths.ts';

/** How often a tree is read again. */
const mostAgain = 5;

/**
 * Reads a tree that other programs use: when a file below `root` goes away or is replaced while it is read (another process writes
 * flake.lock, an editor saves), `read` is called again. Throws what `read` throws when that does not end, or when `root` itself is missing.
 */
export function readAgainWhileEntriesVanish<T>(root: string, read: () => T): T {
  for (let again = 0; ; again++) {
    try {
      return read();
    } catch (error) {
      const { code, path } = error as { code?: unknown; path?: unknown };
      const vanished = code === 'io/no-such-file' || code === 'io/file-changed' || (code === 'ENOENT' && path !== root);
      if (!vanished || again === mostAgain || !lstatSync(filePath(root), { throwIfNoEntry: false })) throw error;
    }
  }
}
