import { spawnSync } from 'node:child_process';
import { BootflakeError } from '../base/errors.ts';

export interface GitOptions {
  input?: string;
  environment?: Record<string, string>;
  /** What messages name; the folder unless told. */
  repository?: string;
}

/**
 * Runs `git` in a folder and answers its output. Throws `git/missing` where there is no git, `git/failed` with git's own words when
 * it fails (unless `mayFail`: then undefined).
 */
export function runGit(folder: string, args: string[], options: GitOptions & { mayFail: true }): Buffer | undefined;
export function runGit(folder: string, args: string[], options?: GitOptions): Buffer;
export function runGit(folder: string, args: string[], options: GitOptions & { mayFail?: boolean } = {}): Buffer | undefined {
  // Another git's environment (a hook's) must not point us at its repository.
  const { GIT_DIR: _dir, GIT_WORK_TREE: _tree, GIT_INDEX_FILE: _index, ...environment } = process.env;
  const result = spawnSync('git', ['--no-optional-locks', '-C', folder, ...args], {
    maxBuffer: 1 << 30, env: { ...environment, LC_ALL: 'C', ...options.environment }, ...(options.input !== undefined && { input: options.input }),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (result.error) {
    const missing = (result.error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new BootflakeError({
      code: missing ? 'git/missing' : 'git/failed',
      message: missing ? `the program 'git' is needed to read the repository '${options.repository ?? folder}', and is not installed` : `git ${args.join(' ')}: ${result.error.message}`,
      ...(missing && { hint: 'install it (Debian: apt install git), or do without: a folder is named path:/PATH, a repository of a forge github:OWNER/REPO or by its archive https://HOST/FILE.tar.gz' }),
    });
  }
  if (result.status === 0) return result.stdout;
  if (options.mayFail) return undefined;
  const words = result.stderr.toString('utf8').trim();
  const owner = /safe\.directory (.*)$/m.exec(words);
  throw new BootflakeError({
    code: 'git/failed', message: `git ${args[0]} failed in '${options.repository ?? folder}': ${words}`,
    ...(owner && { hint: `the repository belongs to another user; to trust it: git config --global --add safe.directory ${folder}` }),
  });
}

/** Splits output that git ended with NULs. */
export function splitNul(output: Buffer): string[] {
  return output.toString('utf8').split('\0').filter((part) => part !== '');
}
