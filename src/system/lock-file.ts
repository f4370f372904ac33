/**
 * A lock between processes: a file that names its owner. The lock of a dead owner is taken over. Two processes that take over the same dead
 * lock at the same instant may both hold it: the guarded work must then stay correct, and at worst be done twice.
 */
import fs from 'node:fs';
import { besideName } from './beside-name.ts';
import { listNames } from './file-operations.ts';
import { identityToken, livenessOf, ownIdentity, parseIdentityToken } from './process-identity.ts';
import { sleepSync } from './shared-word.ts';
import { sleep } from './sleep.ts';
import { threadNumber } from './thread.ts';

export interface HeldLock {
  release(): void;
}

/** Milliseconds. An owner that we cannot inspect (another container) counts as alive as long as it touches its lock. */
const heartbeat = 10_000;
const silence = 60_000;

/** Takes the lock, or returns who holds it. */
export function tryLock(path: string): HeldLock | { heldBy: string } {
  // Readers of the identity ignore the thread's number.
  const token = `${identityToken(ownIdentity())}-t${threadNumber()}`;
  const own = besideName(path, 'own');
  try {
    // Written completely under a temporary name and linked into place, so that a lock always names its owner.
    fs.writeFileSync(own, token);
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        fs.linkSync(own, path);
        return holdLock(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readOwner(path);
      if (owner !== undefined && ownerLives(path, owner)) return { heldBy: `process ${owner.split('-')[0]}` };
      if (owner !== undefined) discardLock(path, owner);
    }
    return { heldBy: 'another process' };
  } finally {
    fs.rmSync(own, { force: true });
  }
}

function holdLock(path: string): HeldLock {
  const timer = setInterval(() => {
    try {
      const now = new Date();
      fs.utimesSync(path, now, now);
    } catch {
      /* Taken over, or its folder removed: the guarded work is safe without it. */
    }
  }, heartbeat);
  timer.unref();
  return {
    release() {
      clearInterval(timer);
      fs.rmSync(path, { force: true });
    },
  };
}

function readOwner(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function ownerLives(path: string, token: string): boolean {
  const identity = parseIdentityToken(token);
  if (identity === undefined) return false;
  const liveness = livenessOf(identity);
  if (liveness !== 'unknown') return liveness === 'alive';
  try {
    return Date.now() - fs.statSync(path).mtimeMs < silence;
  } catch {
    return false;
  }
}

/** Removes a dead owner's lock; restores the lock if another process replaced it meanwhile. */
function discardLock(path: string, deadOwner: string): void {
  const aside = besideName(path, 'dead');
  try {
    fs.renameSync(path, aside);
    if (readOwner(aside) !== deadOwner) fs.linkSync(aside, path);
  } catch {
    /* Another process was faster. */
  }
  fs.rmSync(aside, { force: true });
}

/** Removes the locks (`*.lock`) of a folder that a thread of this process held when it was ended. */
export function releaseLocksOfThread(folder: string, thread: number): void {
  const token = `${identityToken(ownIdentity())}-t${thread}`;
  for (const name of listNames(folder)) {
    const path = `${folder}/${name}`;
    if (name.endsWith('.lock') && readOwner(path) === token) fs.rmSync(path, { force: true });
  }
}

/** Removes the locks of a folder whose owners are dead, and what killed processes have left of taking one. */
export function removeDeadLocks(folder: string): void {
  for (const name of listNames(folder)) {
    const path = `${folder}/${name}`;
    const owner = readOwner(path);
    if (owner === undefined || ownerLives(path, owner) || (parseIdentityToken(owner) === undefined && !isOld(path))) continue;
    if (/\.(?:own|dead)$/.test(name)) fs.rmSync(path, { force: true });
    else discardLock(path, owner);
  }
}

/** One that is being written names no owner yet. */
function isOld(path: string): boolean {
  try {
    return Date.now() - fs.statSync(path).mtimeMs > heartbeat;
  } catch {
    return false;
  }
}

/** Waits for the lock. Calls `onWait` once with the holder. Throws the signal's reason. */
export async function acquireLock(
  path: string,
  options: { signal?: AbortSignal; onWait?: (owner: string) => void } = {},
): Promise<HeldLock> {
  for (let attempt = 0; ; attempt++) {
    options.signal?.throwIfAborted();
    const lock = tryLock(path);
    if ('release' in lock) return lock;
    if (attempt === 0) options.onWait?.(lock.heldBy);
    await sleep(Math.min(20 * 2 ** attempt, 200), options.signal);
  }
}

/** The same for a thread that may block. */
export function acquireLockSync(path: string): HeldLock {
  for (;;) {
    const lock = tryLock(path);
    if ('release' in lock) return lock;
    sleepSync(100);
  }
}
