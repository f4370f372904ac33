import { nameOfBytes } from '../tree/byte-name.ts';
import { flakeError } from '../base/flake-error.ts';

/** Bytes. No file system accepts a longer path. */
const longest = 4000;

/**
 * Returns whether git itself would write a file of this name (read-cache.c, verify_path). The names in an index and in a commit's trees are
 * arbitrary.
 */
export function isLegalPath(path: string): boolean {
  return (
    path.length <= longest &&
    !path.includes('\0') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git')
  );
}

/** Throws `flake/bad-tree` for an illegal path. */
export function checkPath(path: string, repository: string): void {
  if (!isLegalPath(path))
    throw flakeError(
      'bad-tree',
      `the Git repository '${repository}' has a file named '${path.slice(0, 200)}', which could lie outside of its tree`,
      'Run: git fsck  for details.',
    );
}

/** Returns the target of a symlink in a commit. Throws `flake/bad-tree` if it is invalid. */
export function linkTarget(bytes: Buffer, path: string, repository: string): string {
  const target = nameOfBytes(bytes);
  if (target !== '' && target.length <= longest && !target.includes('\0')) return target;
  throw flakeError(
    'bad-tree',
    `the Git repository '${repository}' has a symbolic link '${path}' whose target is ${target === '' ? 'empty' : 'no path'}`,
    'Run: git fsck  for details.',
  );
}
