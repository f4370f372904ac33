/** Where a repository's parts lie (gitrepository-layout(5)). Everything here is read without git. */
import { lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BootflakeError } from '../../base/errors.ts';

export interface GitLayout {
  /** The folder that was asked for. */
  folder: string;
  /** The folder, where it has a `.git`; a bare repository has no work tree. */
  worktree?: string;
  /** The file `.git` that names the repository: of a submodule, or of a further work tree. */
  gitFile?: string;
  /** HEAD and the index lie here. */
  gitDir: string;
  /** References, objects and the configuration lie here: `gitDir`, unless it is that of a further work tree. */
  commonDir: string;
}

/** Bytes. The small files of a repository are not larger; what is may be no file of git's. */
const mostBytes = 1 << 20;

/** The layout of the repository whose work tree, or whose bare repository, a folder is. Throws `git/not-a-repository`. */
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

/** What HEAD says; old repositories have a symlink in its place. undefined when there is none. */
export function headOf(gitDir: string): string | undefined {
  const path = join(gitDir, 'HEAD');
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.isSymbolicLink()) {
    const target = readlinkSync(path);
    if (target.startsWith('refs/')) return `ref: ${target}\n`;
  }
  return status && smallFile(path);
}

/** The text of a regular file; undefined when it is missing, something else, or large. */
export function smallFile(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() && status.size <= mostBytes ? readFileSync(path, 'utf8') : undefined;
}

function notARepository(folder: string, why: string): BootflakeError {
  return new BootflakeError({
    code: 'git/not-a-repository',
    message: `'${folder}' is not a Git repository: ${why}`,
    hint: `a folder that is none is named path:${folder}`,
  });
}
