/**
 * Checks a repository's owner. As git does since 2.35.2 (setup.c, ensure_valid_ownership), another user's repository is refused, unless the
 * user's configuration or the system's (never the repository's) lists it in `safe.directory` (git-config(1)).
 */
import { lstatSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { BootflakeError } from '../../base/errors.ts';
import { runGit } from './run.ts';
import type { GitLayout } from './layout.ts';

/** Throws `git/foreign-repository`. */
export function checkOwnership(layout: GitLayout, env: NodeJS.ProcessEnv = process.env): void {
  const { worktree, gitFile, gitDir } = layout;
  const foreign = [gitFile, worktree, gitDir].find(
    (path) => path !== undefined && !isOwn(lstatSync(path).uid, process.geteuid?.(), env.SUDO_UID),
  );
  if (foreign === undefined) return;
  const folder = realpathSync(worktree ?? gitDir);
  if (isSafe(folder, safeDirectories(env), env.HOME || homedir())) return;
  throw new BootflakeError({
    code: 'git/foreign-repository',
    message:
      `the Git repository '${folder}' belongs to another user: ` +
      `the owner of '${foreign}' has the user id ${lstatSync(foreign).uid}, yours is ${process.geteuid?.()}`,
    hint: `Run: git config --global --add safe.directory ${folder}  to trust it, or use path:${folder}, which does not use git.`,
  });
}

/** Under sudo, root also owns what belongs to the invoking user. */
export function isOwn(owner: number, user = process.geteuid?.(), sudoUser = process.env.SUDO_UID): boolean {
  if (user === undefined || owner === user) return true;
  return user === 0 && sudoUser !== undefined && /^[0-9]+$/.test(sudoUser) && Number(sudoUser) === owner;
}

/** The values of the system's configuration, the user's and the command line's, in order. */
function safeDirectories(env: NodeJS.ProcessEnv): string[] {
  // Run in a folder without a repository, so that no repository's configuration counts.
  const output = runGit('/', ['config', '--includes', '--null', '--get-all', 'safe.directory'], {
    environment: { GIT_DIR: '/dev/null' },
    env,
    mayFail: true,
  });
  return output === undefined ? [] : output.toString('utf8').split('\0').slice(0, -1);
}

/** `*` is every repository, `/x/*` every one below /x; an empty entry cancels those before it. */
export function isSafe(folder: string, directories: readonly string[], home = homedir()): boolean {
  let safe = false;
  for (const entry of directories) {
    if (entry === '') safe = false;
    else if (entry === '*') safe = true;
    else {
      const path = entry.replace(/^~(?=\/|$)/, home);
      if (path.endsWith('/*')) safe ||= folder.startsWith(`${resolved(path.slice(0, -2))}/`);
      else safe ||= resolved(path) === folder;
    }
  }
  return safe;
}

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
