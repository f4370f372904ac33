/**
 * Views of repositories for git. A folder's own configuration, hooks and filters can name programs, so git never sees them: it runs on a
 * temporary repository that has the folder's HEAD, references, objects and index, and a configuration made of a few harmless values of the
 * folder's. The result is what libgit2, and so Nix, sees: no filter except line ends and `$Id$`.
 */
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BootflakeError } from '../../base/errors.ts';
import { listNames } from '../../system/file-operations.ts';
import { identityToken, livenessOf, ownIdentity, parseIdentityToken } from '../../system/process-identity.ts';
import { parseGitConfig, type GitConfig } from './config-file.ts';
import { headOf, locateRepository, smallFile, type GitLayout } from './layout.ts';
import { checkOwnership } from './ownership.ts';
import { runGit, type GitOptions } from './run.ts';
import { checkRepositoryFiles, checkWorktreeFiles } from './special-files.ts';

export interface GitRepository {
  /** For messages: a folder, or a server's address. */
  readonly name: string;
  /** The base of relative submodule addresses. */
  readonly address: string;
  /** Its history is incomplete. */
  readonly shallow: boolean;
  /** Throws `git/failed`. */
  git(args: string[], options?: GitOptions): Buffer;
  /** Returns undefined when git fails. */
  tryGit(args: string[], options?: GitOptions): Buffer | undefined;
}

const flag = /^(?:true|false|yes|no|on|off|0|1)$/i;

/** The only configuration keys passed on to git: those needed to read the files, and those about line ends. */
export const kept: Readonly<Record<string, RegExp>> = {
  'core.repositoryformatversion': /^[01]$/,
  'core.filemode': flag,
  'core.symlinks': flag,
  'core.ignorecase': flag,
  'core.precomposeunicode': flag,
  'core.trustctime': flag,
  'core.checkstat': /^(?:default|minimal)$/i,
  'core.autocrlf': /^(?:true|false|yes|no|on|off|0|1|input)$/i,
  'core.eol': /^(?:lf|crlf|native)$/i,
  'core.sparsecheckout': flag,
  'core.sparsecheckoutcone': flag,
  'index.sparse': flag,
  'extensions.objectformat': /^sha(?:1|256)$/i,
  'extensions.refstorage': /^(?:files|reftable)$/i,
};

/** Extensions without effect on what is read here. */
const harmlessExtensions = new Set([
  'extensions.noop',
  'extensions.preciousobjects',
  'extensions.partialclone',
  'extensions.worktreeconfig',
  'extensions.relativeworktrees',
]);

/**
 * Passes the repository of a local folder to `use`; it is valid until `use` returns. Throws `git/not-a-repository`,
 * `git/foreign-repository`, `git/bad-config`, `git/unknown-extension`, `git/special-file`. `env` is git's environment; defaults to the
 * process's own.
 */
export function withRepository<T>(path: string, use: (repository: GitRepository) => T, env?: NodeJS.ProcessEnv): T {
  const folder = resolve(path);
  const layout = locateRepository(folder);
  checkOwnership(layout, env);
  checkRepositoryFiles(layout);
  const config = readConfig(layout);
  const view = newView(env?.TMPDIR || tmpdir());
  try {
    const gitDir = makeView(view, layout, config);
    const environment: Record<string, string> = {
      GIT_DIR: gitDir,
      GIT_OBJECT_DIRECTORY: join(layout.commonDir, 'objects'),
      GIT_INDEX_FILE: join(layout.gitDir, 'index'),
      ...(layout.worktree !== undefined && { GIT_WORK_TREE: layout.worktree }),
    };
    // The shared half of a split index would be written into the view.
    const settings = ['core.splitIndex=false', `core.bare=${layout.worktree === undefined}`];
    const complete = (options: GitOptions = {}): GitOptions => ({
      repository: folder,
      settings,
      env,
      ...options,
      environment: { ...environment, ...options.environment },
    });
    return use({
      name: folder,
      address: config.get('remote.origin.url') ?? folder,
      shallow: existsSync(join(layout.commonDir, 'shallow')),
      git: (args, options) => patiently(layout, args, (patience) => runGit(folder, args, { ...complete(options), ...patience })),
      tryGit: (args, options) =>
        patiently(layout, args, (patience) => runGit(folder, args, { ...complete(options), ...patience, mayFail: true })),
    });
  } finally {
    rmSync(view, { recursive: true, force: true });
  }
}

/**
 * Commands that open files of the work tree by their names: `.gitattributes`, `.gitignore`, `.gitmodules`, the repositories of submodules.
 */
const looksAtFiles = new Set(['status', 'check-attr', 'check-ignore']);
/** Seconds. */
const firstPatience = 3;

/**
 * Searching a whole work tree for pipes would take as long as git itself. So it is done only when git does not end soon; git is then
 * restarted, as these commands change nothing.
 */
function patiently<T>({ worktree }: GitLayout, args: string[], run: (patience: GitOptions) => T): T {
  if (worktree === undefined || !looksAtFiles.has(args[0] ?? '')) return run({});
  try {
    return run({ patience: firstPatience });
  } catch (error) {
    if (!(error instanceof BootflakeError) || error.code !== 'git/timeout') throw error;
    checkWorktreeFiles(worktree);
    return run({});
  }
}

/** A bare repository of our own, a clone of the server's `address`. */
export function ownRepository(folder: string, address: string): GitRepository {
  const complete = (options: GitOptions = {}): GitOptions => ({
    repository: address,
    ...options,
    environment: { GIT_DIR: folder, ...options.environment },
  });
  return {
    name: address,
    address,
    get shallow() {
      return existsSync(join(folder, 'shallow'));
    },
    git: (args, options) => runGit(folder, args, complete(options)),
    tryGit: (args, options) => runGit(folder, args, { ...complete(options), mayFail: true }),
  };
}

const viewPrefix = 'bootflake-git-';
/** Folders for temporary files that this process has looked through. */
const swept = new Set<string>();

/** Makes a folder for a view, named after its process, so that a later one can see that its maker was killed. */
function newView(temporary: string): string {
  if (!swept.has(temporary)) removeAbandonedViews(temporary);
  swept.add(temporary);
  return mkdtempSync(join(temporary, `${viewPrefix}${identityToken(ownIdentity())}-`));
}

/** Removes the views of this user's killed processes. Any user may put names into the folder: only the user's own folders are touched. */
function removeAbandonedViews(temporary: string): void {
  for (const name of listNames(temporary)) {
    const identity = name.startsWith(viewPrefix) ? parseIdentityToken(name.slice(viewPrefix.length)) : undefined;
    if (identity === undefined || livenessOf(identity) !== 'dead') continue;
    const path = join(temporary, name);
    try {
      const status = lstatSync(path);
      if (status.isDirectory() && status.uid === process.geteuid?.()) rmSync(path, { recursive: true, force: true });
    } catch {
      /* Another process has removed it. */
    }
  }
}

function readConfig({ commonDir, gitDir }: GitLayout): GitConfig {
  const read = (folder: string, name: string): GitConfig => parseGitConfig(smallFile(join(folder, name)) ?? '', join(folder, name));
  const shared = read(commonDir, 'config');
  const config = new Map(shared);
  if (/^(?:true|yes|on|1)$/i.test(shared.get('extensions.worktreeconfig') ?? ''))
    for (const [key, value] of read(gitDir, 'config.worktree')) config.set(key, value);
  for (const key of config.keys()) {
    if (!key.startsWith('extensions.') || kept[key] || harmlessExtensions.has(key) || config.get('core.repositoryformatversion') !== '1')
      continue;
    throw new BootflakeError({
      code: 'git/unknown-extension',
      message: `the Git repository '${commonDir}' has the extension '${key.slice('extensions.'.length)}', which bootflake does not support`,
      hint: 'Clone it without that extension.',
    });
  }
  return config;
}

/** Makes the repository that git runs on; returns its GIT_DIR. A linked work tree has its own part beside the common one. */
function makeView(view: string, { gitDir, commonDir }: GitLayout, config: GitConfig): string {
  const common = join(view, 'common');
  mkdirSync(join(common, 'info'), { recursive: true });
  writeFileSync(join(common, 'config'), printKept(config));
  // These attributes override every .gitattributes: no filter, no merge and no diff driver is used.
  writeFileSync(join(common, 'info', 'attributes'), `${smallFile(join(commonDir, 'info', 'attributes')) ?? ''}\n* !filter !diff !merge\n`);
  linkTo(common, commonDir, ['info/exclude', 'packed-refs', 'refs', 'reftable', 'shallow']);
  const own = gitDir === commonDir ? common : join(view, 'worktree');
  if (own !== common) {
    mkdirSync(join(own, 'refs'), { recursive: true });
    mkdirSync(join(own, 'info'));
    writeFileSync(join(own, 'commondir'), '../common\n');
    linkTo(own, gitDir, ['reftable', 'refs/bisect', 'refs/rewritten', 'refs/worktree']);
  }
  if (!existsSync(join(common, 'refs'))) mkdirSync(join(common, 'refs'));
  writeFileSync(join(own, 'HEAD'), headOf(gitDir) ?? '');
  linkTo(own, gitDir, ['info/sparse-checkout', ...readdirSync(gitDir).filter((name) => /^sharedindex\.[0-9a-f]+$/.test(name))]);
  return own;
}

function printKept(config: GitConfig): string {
  let text = '';
  for (const [name, form] of Object.entries(kept)) {
    const value = config.get(name);
    if (value === undefined) continue;
    if (!form.test(value))
      throw new BootflakeError({
        code: 'git/bad-config',
        message: `the Git repository's setting '${name}' has the value '${value}', which git does not accept`,
      });
    const [section, key] = name.split('.');
    text += `[${section}]\n\t${key} = ${value}\n`;
  }
  return text;
}

function linkTo(view: string, folder: string, names: readonly string[]): void {
  for (const name of names) if (existsSync(join(folder, name))) symlinkSync(resolve(folder, name), join(view, name));
}
