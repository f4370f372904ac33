/**
 * Temporary paths, which are moved into place when complete: one folder per open store, removed by the next run if its process was killed.
 */
import { wallClockSeconds } from '../system/clock.ts';
import { fileFacts, listNames, makeDirectories, removeEntry } from '../system/file-operations.ts';
import { removeTree } from './physical-tree.ts';
import { identityToken, livenessOf, ownIdentity, parseIdentityToken } from '../system/process-identity.ts';
import { threadNumber } from '../system/thread.ts';

let instances = 0;

export class TemporaryFolders {
  /** The folder of all that `newPath` returns. */
  readonly own: string;
  private counter = 0;
  private made = false;

  constructor(private readonly folder: string) {
    this.own = `${folder}/${identityToken(ownIdentity())}-t${threadNumber()}-${instances++}`;
  }

  /**
   * Returns a new path, ending with `suffix`, for one file or tree. It has no folder of its own: that would cost as much as a small path
   * itself.
   */
  newPath(suffix = ''): string {
    if (!this.made) makeDirectories(this.own);
    this.made = true;
    return `${this.own}/${this.counter++}${suffix}`;
  }

  /** Removes what is left at a path of `newPath`, and the siblings whose names begin with its name. */
  discard(path: string): void {
    const name = path.slice(this.own.length + 1);
    for (const other of listNames(this.own)) if (other.startsWith(name)) removeTree(`${this.own}/${other}`);
  }

  /** Removes the folder if it is empty. */
  close(): void {
    if (this.made) removeEntry(this.own);
    this.made = false;
  }

  /** Folders of processes that were killed. */
  abandoned(): string[] {
    return listNames(this.folder)
      .filter((name) => {
        const identity = parseIdentityToken(name);
        if (identity === undefined) return true;
        const liveness = livenessOf(identity);
        return liveness === 'dead' || (liveness === 'unknown' && isOld(`${this.folder}/${name}`));
      })
      .map((name) => `${this.folder}/${name}`);
  }

  removeAbandoned(): void {
    for (const path of this.abandoned()) removeTree(path);
  }
}

/** The files of an owner that we cannot inspect (another container) are removed only after a day. */
function isOld(path: string): boolean {
  const facts = fileFacts(path);
  return facts !== undefined && wallClockSeconds() - facts.modifiedMs / 1000 > 86_400;
}
