import { existsSync, lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { filePath, linkTargetOf } from '../system/byte-paths.ts';
import { FileSource } from '../system/file-source.ts';
import { withRepository, type GitRepository } from './git-repository/repository.ts';
import { splitNul } from './git-repository/run.ts';
import { directory, symlink, type DirectoryNode } from '../tree/file-tree.ts';
import { checkPath } from './git-path.ts';
import { putNode } from './put-node.ts';

export interface WorktreeState {
  /** The commit that is checked out; undefined before the first commit. */
  head?: string;
  /** `refs/heads/main`; undefined when detached. */
  ref?: string;
  /** Tracked files differ from that commit, or from the index. */
  dirty: boolean;
}

/** Returns the state of the tracked files according to `git status`. Submodules are examined only on request, each by its own git. */
export function worktreeState(repository: GitRepository, { submodules }: { submodules: boolean }): WorktreeState {
  const lines = splitNul(
    repository.git(['status', '--porcelain=v2', '--branch', '-z', '--no-renames', '--untracked-files=no', '--ignore-submodules=all']),
  );
  const header = (name: string) => lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length);
  const [head, branch] = [header('oid'), header('head')];
  return {
    ...(head !== undefined && head !== '(initial)' && { head }),
    ...(branch !== undefined && branch !== '(detached)' && { ref: `refs/heads/${branch}` }),
    dirty: lines.some((line) => !line.startsWith('# ')) || (submodules && populatedSubmodules(repository).some(isChanged)),
  };
}

interface PopulatedSubmodule {
  path: string;
  folder: string;
  /** The commit that the index names. */
  commit: string;
}

function isChanged({ folder, commit }: PopulatedSubmodule): boolean {
  return withRepository(folder, (repository) => {
    const { head, dirty } = worktreeState(repository, { submodules: true });
    return dirty || head !== commit;
  });
}

function populatedSubmodules(repository: GitRepository): PopulatedSubmodule[] {
  const found: PopulatedSubmodule[] = [];
  for (const line of splitNul(repository.git(['ls-files', '-z', '--stage']))) {
    const [, commit = '', path = ''] = /^160000 ([0-9a-f]+) [0-3]\t([\s\S]*)$/.exec(line) ?? [];
    if (path === '') continue;
    checkPath(path, repository.name);
    const folder = join(repository.name, path);
    if (!throughLink(repository.name, path) && statusOf(folder)?.isDirectory() && existsSync(join(folder, '.git')))
      found.push({ path, folder, commit });
  }
  return found;
}

/** Returns the files that git tracks, as they are in the folder now, without deleted ones; submodules only on request. */
export function worktreeTree(repository: GitRepository, { submodules }: { submodules: boolean }): DirectoryNode {
  const root = directory();
  const folders = new Map<string, boolean>();
  for (const path of splitNul(repository.git(['ls-files', '-z']))) {
    checkPath(path, repository.name);
    // A file behind a symlink is not the tracked file: git takes that one for deleted.
    if (throughLink(repository.name, path, folders)) continue;
    const physical = join(repository.name, path);
    const status = statusOf(physical);
    if (status?.isSymbolicLink()) putNode(root, path, symlink(linkTargetOf(physical)));
    else if (status?.isFile()) {
      putNode(root, path, {
        type: 'regular',
        mode: status.mode & 0o111 ? 0o755 : 0o644,
        uid: 0,
        gid: 0,
        contents: new FileSource(physical, status.size),
      });
    }
  }
  for (const { path, folder } of submodules ? populatedSubmodules(repository) : []) {
    putNode(
      root,
      path,
      withRepository(folder, (inner) => worktreeTree(inner, { submodules: true })),
    );
  }
  return root;
}

/** Returns whether a folder on the way to a path is a symlink (or missing). `folders` caches the results. */
function throughLink(repository: string, path: string, folders = new Map<string, boolean>()): boolean {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return false;
  const folder = path.slice(0, slash);
  let found = folders.get(folder);
  if (found === undefined) {
    found = throughLink(repository, folder, folders) || !statusOf(join(repository, folder))?.isDirectory();
    folders.set(folder, found);
  }
  return found;
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(filePath(path));
  } catch {
    return undefined;
  }
}
