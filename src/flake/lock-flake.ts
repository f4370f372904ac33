/** Opens a flake: fetches it, brings its lock up to date and writes it where that is allowed, with Nix's words. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../system/files.ts';
import { withRepository } from '../fetch/git-repository/repository.ts';
import { flakeError } from '../base/flake-error.ts';
import type { LoadedFlake } from './flake-file.ts';
import { checkFollows, diffLocks, emptyLock, printLock, unlockedInput, type LockNode } from './lock-file.ts';
import { computeLock, type LockResult } from './lock.ts';
import type { FlakeLoader } from './loader.ts';
import type { FlakeOptions } from '../settings/options.ts';
import { parseInputPath } from './read-flake.ts';
import { parseFlakeRef, printFlakeRef, type FlakeRef } from './ref.ts';
import { folderInTree } from './tree-files.ts';

export interface LockedFlake {
  flake: LoadedFlake;
  root: LockNode;
  /** Logical folders of inputs that were fetched while locking. */
  folders: LockResult['folders'];
  /** The lock that is used is not the one in the tree (it was not to be written): the tree then has no revision. */
  lockDiffers: boolean;
}

export interface LockFlakeOptions {
  flake: FlakeOptions;
  baseDir: string;
  /** For pure evaluation: nothing is fetched that is not locked, and the registries of this machine are not asked. */
  lockedOnly?: boolean;
}

/** Throws the errors of references, fetchers and locks; `flake/lock-changes` where changes are needed but not allowed. */
export function lockFlake(
  loader: FlakeLoader,
  ref: FlakeRef,
  { flake: options, baseDir, lockedOnly = false }: LockFlakeOptions,
): LockedFlake {
  let flake = loader.loadFlake(ref, { all: !lockedOnly, final: false, lockRoot: [] });
  const old = loader.readLock(flake.folder);
  const overrides = new Map(
    Object.entries(options.overrideInputs).map(([path, target]) => [
      parseInputPath(path).join('/'),
      parseFlakeRef(target, { baseDir, warn: (message) => loader.warn(message) }),
    ]),
  );
  const updates = options.updateInputs.map((path) => parseInputPath(path));
  const { root, folders } = computeLock(
    flake,
    options.recreateLockFile ? emptyLock() : old,
    { overrides, updates, strictUpdates: options.strictUpdates, lockedOnly },
    loader,
  );
  checkFollows(root);
  const text = printLock(root).text;
  if (text === printLock(old).text) return { flake, root, folders, lockDiffers: false };

  const diff = diffLocks(old, root);
  const name = printFlakeRef(ref);
  if (!options.writeLockFile || overrides.size > 0) {
    loader.warn(`not writing modified lock file of flake '${name}'${diff && `:\n${diff}`}`);
    return { flake, root, folders, lockDiffers: true };
  }
  const unlocked = unlockedInput(root);
  if (unlocked) {
    loader.warn(`not writing lock file of flake '${name}' because it has an unlocked input ('${printFlakeRef(unlocked)}')`);
    return { flake, root, folders, lockDiffers: true };
  }
  if (!options.updateLockFile) {
    throw flakeError(
      'lock-changes',
      `flake '${name}' requires lock file changes but they're not allowed due to '--no-update-lock-file'${diff && `:\n${diff}`}`,
      'bootflake flake lock  makes them',
    );
  }
  writeLockFile(loader, flake, `${text}\n`, diff, name);
  loader.forget(ref);
  flake = loader.loadFlake(ref, { all: true, final: false, lockRoot: [] });
  return { flake, root, folders, lockDiffers: false };
}

function writeLockFile(loader: FlakeLoader, flake: LoadedFlake, text: string, diff: string, name: string): void {
  const checkout = loader.trees.get(flake.storePath)?.checkout;
  const { subdir } = flake.resolved;
  if (!checkout?.writable) {
    throw flakeError(
      'lock-not-writable',
      `cannot write modified lock file of flake '${name}' (use '--no-write-lock-file' to ignore)`,
      'clone the flake to a folder and lock it there',
    );
  }
  const relative = `${folderInTree('', subdir)}/flake.lock`.slice(1);
  const path = join(checkout.folder, relative);
  const target = lockFileTarget(path, checkout.folder, name);
  loader.warn(`${existsSync(path) ? 'updating' : 'creating'} lock file '${path}'${diff && `:\n${diff}`}`);
  try {
    writeFileAtomic(target, [Buffer.from(text)]);
  } catch (error) {
    throw flakeError(
      'lock-not-writable',
      `cannot write lock file '${path}': ${(error as Error).message}`,
      'make the folder writable, or use --no-write-lock-file',
      error,
    );
  }
  if (!checkout.git) return;
  // The next look at the tree must find it, and git shows it as new; but for one that the repository ignores, as in Nix.
  withRepository(checkout.folder, (repository) => {
    // It refuses to be told that paths are literal, and takes a colon at the beginning for magic.
    const ignored =
      repository.tryGit(['check-ignore', '--quiet', '--', `./${relative}`], { environment: { GIT_LITERAL_PATHSPECS: '0' } }) !== undefined;
    if (!ignored) repository.git(['add', '--intent-to-add', '--', relative]);
  });
}

/** The file that is written in place of flake.lock: what it is a link to, if that lies in the flake's own folder. */
function lockFileTarget(path: string, folder: string, name: string): string {
  const target = existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
  if (target.startsWith(`${realpathSync(folder)}/`)) return target;
  throw flakeError(
    'outside-tree',
    `the lock file of flake '${name}' leads to '${target}', which is outside of the flake's folder`,
    `remove the link: rm ${path}`,
  );
}
