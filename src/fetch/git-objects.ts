import { LINE_FEED } from '../base/ascii.ts';
import { BootflakeError } from '../base/errors.ts';
import type { GitRepository } from './git-repository/repository.ts';
import { splitNul } from './git-repository/run.ts';
import { directory, file, symlink, type DirectoryNode } from '../tree/file-tree.ts';
import { checkPath, linkTarget } from './git-path.ts';
import { putNode } from './put-node.ts';

/** The number of objects per `git cat-file`, whose output is held in memory. */
const BATCH = 2000;

/**
 * Returns the tree of a commit, from git's objects alone. Submodules are empty folders, as in Nix, unless `submodule` returns the tree of
 * their commit.
 */
export function commitTree(
  repository: GitRepository,
  revision: string,
  submodule: (path: string, revision: string) => DirectoryNode = () => directory(),
): DirectoryNode {
  const root = directory();
  const blobs: { mode: string; oid: string; path: string }[] = [];
  for (const line of splitNul(repository.git(['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', revision]))) {
    const [, mode = '', , oid = '', path = ''] = /^([0-9]+) ([a-z]+) ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
    checkPath(path, repository.name);
    if (mode === '160000') putNode(root, path, submodule(path, oid));
    else blobs.push({ mode, oid, path });
  }
  for (let start = 0; start < blobs.length; start += BATCH) {
    const batch = blobs.slice(start, start + BATCH);
    const contents = readObjects(
      repository,
      batch.map(({ oid }) => oid),
    );
    batch.forEach(({ mode, path }, index) => {
      const bytes = contents[index] as Buffer;
      putNode(
        root,
        path,
        mode === '120000' ? symlink(linkTarget(bytes, path, repository.name)) : file(bytes, mode === '100755' ? 0o755 : 0o644),
      );
    });
  }
  return root;
}

/** `git cat-file --batch` prints "OID TYPE SIZE\n", the bytes, "\n" for each requested object. Throws `git/failed` for a missing one. */
function readObjects(repository: GitRepository, oids: string[]): Buffer[] {
  const output = repository.git(['cat-file', '--batch'], { input: `${oids.join('\n')}\n` });
  let at = 0;
  return oids.map((oid) => {
    const end = output.indexOf(LINE_FEED, at);
    const [, , size] = /^([0-9a-f]+) blob ([0-9]+)$/.exec(output.toString('latin1', at, end)) ?? [];
    if (size === undefined)
      throw new BootflakeError({
        code: 'git/failed',
        message: `the object '${oid}' is missing in the Git repository '${repository.name}'`,
        hint: 'Run: git fsck  for details. A partial clone lacks some files.',
      });
    const bytes = output.subarray(end + 1, end + 1 + Number(size));
    at = end + 1 + Number(size) + 1;
    return bytes;
  });
}
