/**
 * Protects the paths that running processes use from the garbage collector. A thread first writes a path to its own file; the collector
 * takes its lock and only then reads those files. So either the collector sees the path, or the thread sees the lock and waits until the
 * collection is over before it checks whether the path is valid.
 */
import { openAppending } from '../system/append-file.ts';
import { atExit } from '../system/at-exit.ts';
import { fileExists, listNames, readText, removeEntry } from '../system/file-operations.ts';
import { identityToken, livenessOf, ownIdentity, parseIdentityToken } from '../system/process-identity.ts';
import { sleepSync } from '../system/shared-word.ts';
import { threadNumber } from '../system/thread.ts';

let instances = 0;
/** One for each store that this thread uses. */
const opened = new Map<string, TempRoots>();

export class TempRoots {
  private readonly held = new Set<string>();
  private file: { path: string; write(text: string): void } | undefined;

  /** Returns this thread's roots in a store: one file, however often the store is opened. */
  static of(folder: string, collectorLock: string): TempRoots {
    const known = opened.get(folder);
    if (known?.isInPlace()) return known;
    const roots = new TempRoots(folder, collectorLock);
    opened.set(folder, roots);
    return roots;
  }

  private constructor(
    private readonly folder: string,
    private readonly collectorLock: string,
  ) {}

  /** Keeps a path, valid or to be made, until this process ends. Waits for the end of a running collection. */
  hold(path: string): void {
    if (!this.held.has(path)) this.holdAll([path]);
  }

  /** The same for many at once, which costs as much as one. */
  holdAll(paths: Iterable<string>): void {
    const others = [...new Set(paths)].filter((path) => !this.held.has(path));
    if (others.length === 0) return;
    this.file ??= this.open();
    this.file.write(others.map((path) => `${path}\n`).join(''));
    for (const path of others) this.held.add(path);
    while (fileExists(this.collectorLock) && this.collectorLives()) sleepSync(10);
  }

  /** False if the store was removed since. */
  private isInPlace(): boolean {
    return this.file === undefined || fileExists(this.file.path);
  }

  private open(): { path: string; write(text: string): void } {
    const own = identityToken(ownIdentity());
    // The threads of a process end with it.
    if (threadNumber() === 0)
      atExit(() =>
        listNames(this.folder)
          .filter((name) => name.startsWith(own))
          .forEach((name) => removeEntry(`${this.folder}/${name}`)),
      );
    const path = `${this.folder}/${own}-t${threadNumber()}-${instances++}`;
    try {
      return { path, write: openAppending(path).write };
    } catch (error) {
      // If we may not write to the store, no collector of this user runs on it either.
      if (['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return { path: this.folder, write: () => {} };
      throw error;
    }
  }

  private collectorLives(): boolean {
    const identity = parseIdentityToken(readText(this.collectorLock) ?? '');
    return identity !== undefined && livenessOf(identity) !== 'dead' && identity.pid !== process.pid;
  }
}

/** Returns the paths held by living processes, as (`{temp:PID}`, path). Removes the files of dead ones. */
export function readTempRoots(folder: string): { link: string; path: string }[] {
  return listNames(folder).flatMap((name) => {
    const identity = parseIdentityToken(name);
    if (identity === undefined || livenessOf(identity) === 'dead') {
      removeEntry(`${folder}/${name}`);
      return [];
    }
    const paths = (readText(`${folder}/${name}`) ?? '').split('\n').filter((path) => path !== '');
    return paths.map((path) => ({ link: `{temp:${identity.pid}}`, path }));
  });
}
