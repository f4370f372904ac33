import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { FileSource } from '../../io/file-source.ts';
import { putNode } from './put-node.ts';
import { runGit, splitNul } from '../../io/git.ts';
import { directory, symlink, type DirectoryNode } from '../../tree/file-tree.ts';

export interface WorktreeState {
  /** The commit that is checked out; undefined before the first commit. */
  head?: string;
  /** `refs/heads/main`; undefined when detached. */
  ref?: string;
  /** Tracked files differ from that commit, or from the index. */
  dirty: boolean;
}

/** What `git status` says of tracked files. */
export function worktreeState(repository: string, { submodules }: { submodules: boolean }): WorktreeState {
  const lines = splitNul(runGit(repository, ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=no', `--ignore-submodules=${submodules ? 'none' : 'all'}`]));
  const header = (name: string) => lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length);
  const [head, branch] = [header('oid'), header('head')];
  return {
    ...(head !== undefined && head !== '(initial)' && { head }),
    ...(branch !== undefined && branch !== '(detached)' && { ref: `refs/heads/${branch}` }),
    dirty: lines.some((line) => !line.startsWith('# ')),
  };
}

/** The files that git tracks, as they lie in the folder now; one that was deleted is not in it, a submodule only when asked for. */
export function worktreeTree(repository: string, { submodules }: { submodules: boolean }): DirectoryNode {
  const root = directory();
  for (const path of splitNul(runGit(repository, ['ls-files', '-z', ...(submodules ? ['--recurse-submodules'] : [])]))) {
    const physical = join(repository, path);
    const status = statusOf(physical);
    if (status?.isSymbolicLink()) putNode(root, path, symlink(readlinkSync(physical)));
    else if (status?.isFile()) {
      putNode(root, path, { type: 'regular', mode: status.mode & 0o111 ? 0o755 : 0o644, uid: 0, gid: 0, contents: new FileSource(physical, status.size) });
    }
  }
  return root;
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

export function isTracked(repository: string, path: string): boolean {
  return runGit(repository, ['ls-files', '--error-unmatch', '--', path], { mayFail: true }) !== undefined;
}
