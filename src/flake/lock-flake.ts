/** Opens a flake: fetches it, updates its lock and writes it if that is allowed, with Nix's messages. */
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
  /** Logical folders of inputs fetched while locking. */
  folders: LockResult['folders'];
  /** The lock in use is not the one in the tree (it was not written): the tree then has no revision. */
  lockDiffers: boolean;
}

export interface LockFlakeOptions {
  flake: FlakeOptions;
  baseDir: string;
  /** For pure evaluation: only locked inputs are fetched, and the registries of this machine are not used. */
  lockedOnly?: boolean;
  /** Called with the flake before its inputs are fetched. */
  onFlake?(flake: LoadedFlake): void;
}

/** Throws the errors of references, fetchers and locks; `flake/lock-changes` if changes are needed but not allowed. */
export function lockFlake(
  loader: FlakeLoader,
  ref: FlakeRef,
  { flake: options, baseDir, lockedOnly = false, onFlake }: LockFlakeOptions,
): LockedFlake {
  let flake = loader.loadFlake(ref, { all: !lockedOnly, final: false, lockRoot: [] });
  onFlake?.(flake);
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
      'Run: bootflake flake lock  to make them.',
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
      'Clone the flake to a folder and lock it there',
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
      'Make the folder writable, or use --no-write-lock-file',
      error,
    );
  }
  if (!checkout.git) return;
  // Added to the index so that the next fetch of the tree includes it; not if the repository ignores it, as in Nix.
  withRepository(checkout.folder, (repository) => {
    // This command rejects literal pathspecs, and a leading colon would be pathspec magic.
    const ignored =
      repository.tryGit(['check-ignore', '--quiet', '--', `./${relative}`], { environment: { GIT_LITERAL_PATHSPECS: '0' } }) !== undefined;
    if (!ignored) repository.git(['add', '--intent-to-add', '--', relative]);
  });
}

/** Returns the file to write: the target of flake.lock if it is a symlink within the flake's own folder. */
function lockFileTarget(path: string, folder: string, name: string): string {
  const target = existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
  if (target.startsWith(`${realpathSync(folder)}/`)) return target;
  throw flakeError(
    'outside-tree',
    `the lock file of flake '${name}' leads to '${target}', which is outside of the flake's folder`,
    `Run: rm ${path}`,
  );
}
