import { spawnSync } from 'node:child_process';
import { BootflakeError } from '../../base/errors.ts';
import { nameOfBytes } from '../../tree/byte-name.ts';

export interface GitOptions {
  input?: string | Buffer;
  environment?: Record<string, string>;
  /** The environment that `environment` is added to. Defaults to the process's own. */
  env?: NodeJS.ProcessEnv | undefined;
  /** The name in messages. Defaults to the folder. */
  repository?: string;
  /** Settings that override those of any file: `core.fsmonitor=false`. */
  settings?: readonly string[];
  /** Seconds until it is killed. */
  patience?: number;
}

/** Seconds. No local command takes this long. */
const mostSeconds = 600;
/** Commands whose duration depends on the server and the network. */
const overNetwork = new Set(['fetch', 'ls-remote']);

/** Variables that bind git to one repository, as in a hook's environment; removed. `git rev-parse --local-env-vars` lists them. */
const repositoryVariables = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_ATTR_SOURCE',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
  'GIT_GLOB_PATHSPECS',
  'GIT_ICASE_PATHSPECS',
  'GIT_NOGLOB_PATHSPECS',
  'GIT_CONFIG',
];

/** A read needs no hooks and monitors, wherever they are configured. */
const quietSettings = ['core.hooksPath=/dev/null', 'core.fsmonitor=false'];

function gitEnvironment(given: Record<string, string> = {}, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const environment = { ...env };
  for (const name of repositoryVariables) delete environment[name];
  // A revision identifies its content: `refs/replace` would substitute another. Paths are paths, not patterns.
  return { ...environment, LC_ALL: 'C', GIT_NO_REPLACE_OBJECTS: '1', GIT_NO_LAZY_FETCH: '1', GIT_LITERAL_PATHSPECS: '1', ...given };
}

/**
 * Runs `git` in a folder and returns its output. Throws `git/missing` if git is not installed, `git/failed` with git's own message when it
 * fails (with `mayFail`: returns undefined), `git/timeout` when it does not end. The caller determines which repository it reads: see
 * repository.ts.
 */
export function runGit(folder: string, args: string[], options: GitOptions & { mayFail: true }): Buffer | undefined;
export function runGit(folder: string, args: string[], options?: GitOptions): Buffer;
export function runGit(folder: string, args: string[], options: GitOptions & { mayFail?: boolean } = {}): Buffer | undefined {
  const {
    input,
    environment,
    env,
    repository = folder,
    settings = [],
    mayFail = false,
    patience = overNetwork.has(args[0] ?? '') ? undefined : mostSeconds,
  } = options;
  const overrides = [...quietSettings, ...settings].flatMap((setting) => ['-c', setting]);
  const result = spawnSync('git', ['--no-optional-locks', '--no-pager', ...overrides, '-C', folder, ...args], {
    maxBuffer: 1 << 30,
    env: gitEnvironment(environment, env),
    input,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(patience !== undefined && { timeout: patience * 1000 }),
    killSignal: 'SIGKILL',
  });
  if ((result.error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') {
    throw new BootflakeError({
      code: 'git/timeout',
      message: `git ${args[0]} in '${repository}' did not end in ${patience} s`,
      hint: `Run: git -C ${folder} ${args[0]}  to see whether git itself can read the repository.`,
    });
  }
  if (result.error) {
    const missing = (result.error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new BootflakeError({
      code: missing ? 'git/missing' : 'git/failed',
      message: missing
        ? `the program 'git' is needed to read the repository '${repository}', and is not installed`
        : `git ${args.join(' ')}: ${result.error.message}`,
      ...(missing && {
        hint:
          'Install it (Debian: apt install git), or use references that do not need it: ' +
          'path:/PATH for a folder, github:OWNER/REPO or https://HOST/FILE.tar.gz for a repository of a forge.',
      }),
    });
  }
  if (result.status === 0) return result.stdout;
  if (mayFail) return undefined;
  const words = result.stderr.toString('utf8').trim();
  throw new BootflakeError({ code: 'git/failed', message: `git ${args[0]} failed in '${repository}': ${words}` });
}

/** Splits output that git ended with NULs; names are as in tree/byte-name.ts. */
export function splitNul(output: Buffer): string[] {
  return nameOfBytes(output)
    .split('\0')
    .filter((part) => part !== '');
}
