/** Where paths are made before they are moved into place: one folder per process, removed by the next run if its owner was killed. */
import { wallClockSeconds } from '../io/clock.ts';
import { fileFacts, listNames, makeDirectories, removeEntry } from '../io/file-operations.ts';
import { removeTree } from '../io/physical-tree.ts';
import { identityToken, livenessOf, ownIdentity, parseIdentityToken } from '../io/process-identity.ts';
import { threadNumber } from '../io/thread.ts';

export class TemporaryFolders {
  private readonly own: string;
  private counter = 0;
  private made = false;

  constructor(private readonly folder: string) {
    this.own = `${folder}/${identityToken(ownIdentity())}-t${threadNumber()}`;
  }

  /** A new empty folder; `discard` it when done. */
  create(): string {
    const path = `${this.own}/${this.counter++}`;
    makeDirectories(path);
    this.made = true;
    return path;
  }

  /** A name for one new file, for the hot path of small texts. It is moved away; what stays is removed with the folder. */
  newFile(): string {
    if (!this.made) makeDirectories(this.own);
    this.made = true;
    return `${this.own}/${this.counter++}`;
  }

  discard(path: string): void {
    removeTree(path);
  }

  /** Removes this process's own folder. */
  close(): void {
    if (this.made) removeEntry(this.own);
    this.made = false;
  }

  /** Folders of processes that were killed. */
  abandoned(): string[] {
    return listNames(this.folder).filter((name) => {
      const identity = parseIdentityToken(name);
      if (identity === undefined) return true;
      const liveness = livenessOf(identity);
      return liveness === 'dead' || (liveness === 'unknown' && isOld(`${this.folder}/${name}`));
    }).map((name) => `${this.folder}/${name}`);
  }

  removeAbandoned(): void {
    for (const path of this.abandoned()) removeTree(path);
  }
}

/** Of an owner we cannot look at (another container), nothing younger than a day is taken away. */
function isOld(path: string): boolean {
  const facts = fileFacts(path);
  return facts !== undefined && wallClockSeconds() - facts.modifiedMs / 1000 > 86_400;
}
