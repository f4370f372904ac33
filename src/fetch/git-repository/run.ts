import { spawnSync } from 'node:child_process';
import { BootflakeError } from '../../base/errors.ts';
import { nameOfBytes } from '../../tree/byte-name.ts';

export interface GitOptions {
  input?: string | Buffer;
  environment?: Record<string, string>;
  /** What `environment` is added to; the process's own unless told. */
  env?: NodeJS.ProcessEnv | undefined;
  /** What messages name. Defaults to the folder. */
  repository?: string;
  /** Settings that are stronger than those of any file: `core.fsmonitor=false`. */
  settings?: readonly string[];
  /** Seconds until it is killed. */
  patience?: number;
}

/** Seconds. No look at a repository of this machine takes so long. */
const mostSeconds = 600;
/** What these take is for the server and the line to say. */
const overNetwork = new Set(['fetch', 'ls-remote']);

/** Variables that tie git to one repository, as a hook's environment has them: ours are chosen by us. `git rev-parse --local-env-vars` lists them. */
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

/** Hooks and monitors are nothing that a read needs, whoever names them. */
const quietSettings = ['core.hooksPath=/dev/null', 'core.fsmonitor=false'];

function gitEnvironment(given: Record<string, string> = {}, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const environment = { ...env };
  for (const name of repositoryVariables) delete environment[name];
  // A revision names its whole content: `refs/replace` would put another in its place. Paths are paths, not patterns.
  return { ...environment, LC_ALL: 'C', GIT_NO_REPLACE_OBJECTS: '1', GIT_NO_LAZY_FETCH: '1', GIT_LITERAL_PATHSPECS: '1', ...given };
}

/**
 * Runs `git` in a folder and returns its output. Throws `git/missing` where there is no git, `git/failed` with git's own words when
 * it fails (with `mayFail`: returns undefined), `git/timeout` when it does not end. Which repository it reads is for the caller to say: see repository.ts.
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
      hint: `git -C ${folder} ${args[0]}  shows whether git itself can read the repository`,
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
        hint: 'install it (Debian: apt install git), or do without: a folder is named path:/PATH, a repository of a forge github:OWNER/REPO or by its archive https://HOST/FILE.tar.gz',
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
