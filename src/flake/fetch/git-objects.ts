import { runGit, splitNul } from '../../io/git.ts';
import { directory, file, symlink, type DirectoryNode } from '../../tree/file-tree.ts';
import { putNode } from './put-node.ts';

/** How many objects one `git cat-file` is asked for: its output is held in memory. */
const BATCH = 2000;

/** The tree of a commit, from git's objects alone. Submodules are empty folders, as in Nix, unless `submodule` gives the tree of one's commit. */
export function commitTree(repository: string, revision: string, submodule: (path: string, revision: string) => DirectoryNode = () => directory()): DirectoryNode {
  const root = directory();
  const blobs: { mode: string; oid: string; path: string }[] = [];
  for (const line of splitNul(runGit(repository, ['ls-tree', '-r', '-z', '--full-tree', revision]))) {
    const [, mode = '', , oid = '', path = ''] = /^([0-9]+) ([a-z]+) ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
    if (mode === '160000') putNode(root, path, submodule(path, oid));
    else blobs.push({ mode, oid, path });
  }
  for (let start = 0; start < blobs.length; start += BATCH) {
    const batch = blobs.slice(start, start + BATCH);
    const contents = readObjects(repository, batch.map(({ oid }) => oid));
    batch.forEach(({ mode, path }, index) => {
      const bytes = contents[index] as Buffer;
      putNode(root, path, mode === '120000' ? symlink(bytes.toString('utf8')) : file(bytes, mode === '100755' ? 0o755 : 0o644));
    });
  }
  return root;
}

/** `git cat-file --batch` answers "OID TYPE SIZE\n", the bytes, "\n" for each object asked for. */
function readObjects(repository: string, oids: string[]): Buffer[] {
  const output = runGit(repository, ['cat-file', '--batch'], { input: `${oids.join('\n')}\n` });
  let at = 0;
  return oids.map(() => {
    const end = output.indexOf(0x0a, at);
    const size = Number(output.toString('latin1', at, end).split(' ')[2]);
    const bytes = output.subarray(end + 1, end + 1 + size);
    at = end + 1 + size + 1;
    return bytes;
  });
}
