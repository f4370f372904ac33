/**
 * Keeps the store consistent across a power loss without waiting for the disk at each path. A marker file means "paths were registered that
 * may not be on the disk yet"; it is removed once the kernel has written everything out. A marker left by another boot shows that this boot
 * ended too early; the paths registered in it are hashed again before they are trusted.
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

  /** Writes out everything that this thread has registered so far, in the background. */
  flush(): void {
    if (this.marker === undefined) return;
    syncThenRemove(this.root, [this.marker, ...this.abandoned()]);
    this.marker = undefined;
  }

  /** The same for paths that finished processes of this boot left unflushed. */
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

  /** Must be called once the paths of a lost boot were checked. */
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
