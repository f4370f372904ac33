/**
 * What keeps the store right when the machine loses its power, without waiting for the disk at each path. A marker file says "paths were
 * registered that may not be on the disk yet"; it goes away once the kernel has written everything out. A marker that survives from
 * another boot tells that boot ended too early, and the paths registered in it are hashed again before they are trusted.
 */
import { listNames, removeEntry } from '../system/file-operations.ts';
import { writeFileAtomic } from '../system/files.ts';
import { syncThenRemove } from './background-sync.ts';
import { bootId, identityToken, livenessOf, ownIdentity, parseIdentityToken } from '../system/process-identity.ts';
import { threadNumber } from '../system/thread.ts';

export class PowerLossGuard {
  private marker: string | undefined;
  private counter = 0;

  /** `folder` holds the markers, `root` lies on the file system to write out. */
  constructor(
    private readonly folder: string,
    private readonly root: string,
  ) {}

  /** Call before a path is registered. */
  mark(): void {
    if (this.marker !== undefined) return;
    this.marker = `${this.folder}/${identityToken(ownIdentity())}-t${threadNumber()}-${this.counter++}`;
    writeFileAtomic(this.marker, []);
  }

  /** Has everything that this thread has registered so far written out in the background. */
  flush(): void {
    if (this.marker === undefined) return;
    syncThenRemove(this.root, [this.marker, ...this.abandoned()]);
    this.marker = undefined;
  }

  /** The same for what processes of this boot that have ended did not see to. */
  flushAbandoned(): void {
    syncThenRemove(this.root, this.abandoned());
  }

  private abandoned(): string[] {
    return this.all()
      .filter(({ boot, alive }) => boot === bootId() && !alive)
      .map(({ path }) => path);
  }

  /** The boots that ended before their paths were on the disk. */
  lostBoots(): string[] {
    return [
      ...new Set(
        this.all()
          .filter(({ boot }) => boot !== bootId())
          .map(({ boot }) => boot),
      ),
    ];
  }

  /** To be called once the paths of a lost boot were looked at. */
  forget(boot: string): void {
    for (const marker of this.all()) if (marker.boot === boot) removeEntry(marker.path);
  }

  private all(): { path: string; boot: string; alive: boolean }[] {
    return listNames(this.folder).flatMap((name) => {
      const identity = parseIdentityToken(name);
      if (identity === undefined) return [];
      return [{ path: `${this.folder}/${name}`, boot: identity.bootId, alive: livenessOf(identity) !== 'dead' }];
    });
  }
}
