/**
 * Removes several files of a tree in parallel: a file system waits for its disk at each one (4 ms when the files are no longer in the
 * kernel's cache), and those waits overlap. 15,000 files of a store took 50 s one by one, and 9 s in parallel.
 */
import type { Stats } from 'node:fs';
import { chmod, lstat, rmdir, unlink } from 'node:fs/promises';
import { filePath, itemsInAsync } from './byte-paths.ts';

export interface RemovalOptions {
  /** Checked between files; the remaining files then stay. */
  signal?: AbortSignal | undefined;
  /** Called for each removed tree with the bytes of disk freed: files with another hard link elsewhere do not count. */
  onRemoved?(tree: string, freed: number): void;
}

/** Trees in parallel, and files of a folder in parallel. */
const [treesAtOnce, filesAtOnce] = [8, 16];

/** Removes trees whose directories may be read-only, in any order. Ignores missing ones. Throws the signal's reason. */
export async function removeTrees(trees: readonly string[], options: RemovalOptions = {}): Promise<void> {
  const removal = new Removal(options.signal);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < trees.length) {
      const tree = trees[next++]!;
      const freed = await removal.remove(tree);
      options.onRemoved?.(tree, freed);
    }
  };
  // When one lane fails, the others must have stopped before the caller looks at the trees again.
  const lanes = await Promise.allSettled(Array.from({ length: treesAtOnce }, lane));
  const failed = lanes.find((ended) => ended.status === 'rejected');
  if (failed) throw failed.reason;
}

class Removal {
  /** Resolves when the last file with several links is removed. */
  private lastLinked: Promise<unknown> = Promise.resolve();

  constructor(private readonly signal: AbortSignal | undefined) {}

  /** Returns the bytes of disk freed. */
  async remove(path: string): Promise<number> {
    this.signal?.throwIfAborted();
    const place = filePath(path);
    const facts = await lstat(place).catch(missing);
    if (facts === undefined) return 0;
    if (!facts.isDirectory()) return facts.nlink > 1 ? this.removeLinked(path) : removeFile(path, facts);
    if ((facts.mode & 0o700) !== 0o700) await chmod(place, 0o700);
    let freed = facts.blocks * 512;
    const items = await itemsInAsync(path);
    const [folders, files] = [items.filter(({ kind }) => kind.isDirectory()), items.filter(({ kind }) => !kind.isDirectory())];
    for (const { name } of folders) freed += await this.remove(`${path}/${name}`);
    for (let at = 0; at < files.length; at += filesAtOnce) {
      const removed = await Promise.allSettled(files.slice(at, at + filesAtOnce).map(({ name }) => this.remove(`${path}/${name}`)));
      for (const one of removed) {
        if (one.status === 'rejected') throw one.reason;
        freed += one.value;
      }
    }
    await rmdir(place);
    return freed;
  }

  /** One by one, so that the last link of a file is recognised as such. */
  private removeLinked(path: string): Promise<number> {
    const removed = this.lastLinked.then(async () => {
      const facts = await lstat(filePath(path)).catch(missing);
      return facts === undefined ? 0 : removeFile(path, facts);
    });
    this.lastLinked = removed.catch(() => {});
    return removed;
  }
}

async function removeFile(path: string, { nlink, blocks }: Stats): Promise<number> {
  await unlink(filePath(path)).catch(missing);
  return nlink === 1 ? blocks * 512 : 0;
}

function missing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
