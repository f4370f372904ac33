import { nameOfBytes } from '../tree/byte-name.ts';
import { flakeError } from '../base/flake-error.ts';

/** Bytes. No file system takes longer ones in one piece. */
const longest = 4000;

/**
 * Whether git itself would write a file of this name (read-cache.c, verify_path). The names in an index and in a commit's trees are whatever
 * their maker put there.
 */
export function isLegalPath(path: string): boolean {
  return (
    path.length <= longest &&
    !path.includes('\0') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git')
  );
}

/** Throws `flake/bad-tree` for the path of a file that no folder may have. */
export function checkPath(path: string, repository: string): void {
  if (!isLegalPath(path))
    throw flakeError(
      'bad-tree',
      `the Git repository '${repository}' has a file named '${path.slice(0, 200)}', which could lie outside of its tree`,
      'git fsck  tells more',
    );
}

/** The target of a link in a commit. Throws `flake/bad-tree` for what is none. */
export function linkTarget(bytes: Buffer, path: string, repository: string): string {
  const target = nameOfBytes(bytes);
  if (target !== '' && target.length <= longest && !target.includes('\0')) return target;
  throw flakeError(
    'bad-tree',
    `the Git repository '${repository}' has a symbolic link '${path}' whose target is ${target === '' ? 'empty' : 'no path'}`,
    'git fsck  tells more',
  );
}
