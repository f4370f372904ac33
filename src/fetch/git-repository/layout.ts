/** The locations of a repository's parts (gitrepository-layout(5)). Everything here is read without git. */
import { lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BootflakeError } from '../../base/errors.ts';

export interface GitLayout {
  /** The requested folder. */
  folder: string;
  /** The folder, if it has a `.git`; a bare repository has no work tree. */
  worktree?: string;
  /** The file `.git` that names the repository: of a submodule, or of a linked work tree. */
  gitFile?: string;
  /** Contains HEAD and the index. */
  gitDir: string;
  /** Contains references, objects and the configuration: `gitDir`, unless that belongs to a linked work tree. */
  commonDir: string;
}

/** Bytes. No small file of a repository is larger; a larger one is not git's. */
const mostBytes = 1 << 20;

/** Returns the layout of the repository whose work tree or bare repository the folder is. Throws `git/not-a-repository`. */
export function locateRepository(folder: string): GitLayout {
  const dotGit = join(folder, '.git');
  const kind = statSync(dotGit, { throwIfNoEntry: false });
  let gitDir = dotGit;
  if (kind === undefined) gitDir = folder;
  else if (!kind.isDirectory()) {
    const target = /^gitdir: (.*?)[\r\n]*$/.exec(smallFile(dotGit) ?? '')?.[1];
    if (!target) throw notARepository(folder, `the file '${dotGit}' names no repository`);
    gitDir = resolve(folder, target);
  }
  if (headOf(gitDir) === undefined) throw notARepository(folder, `'${gitDir}' has no HEAD`);
  const common = smallFile(join(gitDir, 'commondir'))?.replace(/[\r\n]+$/, '');
  return {
    folder,
    gitDir,
    commonDir: common ? resolve(gitDir, common) : gitDir,
    ...(kind !== undefined && { worktree: folder }),
    ...(kind !== undefined && !kind.isDirectory() && { gitFile: dotGit }),
  };
}

/** Returns the contents of HEAD, which in old repositories is a symlink; undefined when there is none. */
export function headOf(gitDir: string): string | undefined {
  const path = join(gitDir, 'HEAD');
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.isSymbolicLink()) {
    const target = readlinkSync(path);
    if (target.startsWith('refs/')) return `ref: ${target}\n`;
  }
  return status && smallFile(path);
}

/** Returns the text of a regular file; undefined when it is missing, of another type, or large. */
export function smallFile(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() && status.size <= mostBytes ? readFileSync(path, 'utf8') : undefined;
}

function notARepository(folder: string, why: string): BootflakeError {
  return new BootflakeError({
    code: 'git/not-a-repository',
    message: `'${folder}' is not a Git repository: ${why}`,
    hint: `Use path:${folder} for a folder that is not a repository.`,
  });
}
