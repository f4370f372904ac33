/** The folders of bootflake's files, for system errors that happen there. */
import { tmpdir } from 'node:os';
import { explainSystemError, systemFacts, type Place } from '../base/system-errors.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import { stateFolder } from '../system/state-directory.ts';
import { defaultStoreRoot } from '../store/root.ts';
import { storePlace } from '../store/system-errors.ts';

const statePlace = (env: NodeJS.ProcessEnv): Place => ({
  folder: stateFolder(env),
  name: "bootflake's state",
  domain: 'state',
  move: 'Set XDG_STATE_HOME to a folder of yours.',
});

function places(env: NodeJS.ProcessEnv): Place[] {
  const found: Place[] = [
    { folder: cacheDirectory(env), name: 'the cache', domain: 'cache', move: 'Set XDG_CACHE_HOME to a folder of yours.' },
    statePlace(env),
  ];
  try {
    found.push(storePlace(defaultStoreRoot(env)));
  } catch {
    /* without a store folder, nothing failed there */
  }
  return found;
}

/** As `explainError`, for what writes to the state: the error of a write does not say where. */
export function explainStateError(error: unknown, env: NodeJS.ProcessEnv = process.env): unknown {
  return explainSystemError(error, places(env), statePlace(env));
}

/** Returns what a failed system call means to the user; any other error as it is. `env` says where the folders are. */
export function explainError(error: unknown, env: NodeJS.ProcessEnv = process.env): unknown {
  // The folder may contain those of others; the randomly named ones are ours.
  const temporary: Place[] =
    systemFacts(error)?.syscall === 'mkdtemp'
      ? [{ folder: tmpdir(), name: 'the folder for temporary files', domain: 'system', move: 'Set TMPDIR to a folder of yours.' }]
      : [];
  return explainSystemError(error, [...places(env), ...temporary]);
}
