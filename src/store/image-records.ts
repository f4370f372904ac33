/**
 * Where the files of the store lie in the disk images that were made from them, so that the next image takes their bytes from the last one
 * instead of reading every file. One checked file per image in `<root>/nix/var/bootflake/images`; a lost one costs time, never a result.
 */
import { readChecked, writeChecked } from '../kept/checked-file.ts';
import { fileFacts, listNames, makeDirectories, removeEntry } from '../system/file-operations.ts';
import { STORE_TIME } from './canonical-files.ts';
import type { ValidPathInfo } from './store.ts';

/** A range of an image's file. `key` names bytes, of which it has those from `offset` on. */
export type RecordedOrigin = [key: string, offset: number, start: number, length: number];

export interface ImageRecord {
  /** The image's store path, and the SHA-256 of its NAR. */
  path: string;
  narHash: string;
  /** The store paths in it, and the sizes of their NARs in bytes. */
  contents: [path: string, narSize: number][];
  /** The file in the store path, and its size in bytes. */
  fileName: string;
  size: number;
  /** The ranges that were written, ascending. */
  extents: [start: number, length: number][];
  origins: RecordedOrigin[];
}

/** An image whose record still holds. */
export interface LastImage extends ImageRecord {
  /** The physical path of its file. */
  file: string;
  /** What it has in common with the contents that were asked for, as a part of what either has: 0 to 1. */
  likeness: number;
}

const KIND = { name: 'disk image', schema: 2 };
/** So many images are remembered. */
const MOST = 16;

interface ImageStore {
  queryPathInfo(path: string): ValidPathInfo | undefined;
  realPath(path: string): string;
}

export class ImageRecords {
  constructor(
    private readonly folder: string,
    private readonly store: ImageStore,
  ) {}

  /** The image that has the most in common with one of these contents, relative to what either has; of several, the newest. */
  find(contents: ImageRecord['contents']): LastImage | undefined {
    let best: LastImage | undefined;
    for (const { file } of this.newestFirst()) {
      const image = this.read(file);
      const likeness = image ? likenessOf(image.contents, contents) : 0;
      if (image && likeness > (best?.likeness ?? 0)) best = { ...image, likeness };
    }
    return best;
  }

  /** Never throws: a store that cannot be written to keeps no records. */
  add(record: ImageRecord): void {
    try {
      makeDirectories(this.folder);
      writeChecked(`${this.folder}/${record.path.slice(record.path.lastIndexOf('/') + 1)}.kept`, KIND, [
        Buffer.from(JSON.stringify(record)),
      ]);
      for (const { file } of this.newestFirst().slice(MOST)) removeEntry(file);
    } catch {
      // The next image is made from its files.
    }
  }

  private newestFirst(): { file: string; time: number }[] {
    return listNames(this.folder)
      .map((name) => ({ file: `${this.folder}/${name}`, time: fileFacts(`${this.folder}/${name}`)?.modifiedMs ?? 0 }))
      .sort((a, b) => b.time - a.time || (a.file < b.file ? -1 : 1));
  }

  private read(record: string): Omit<LastImage, 'likeness'> | undefined {
    const bytes = readChecked(record, KIND);
    if (bytes === undefined) return undefined;
    const image = JSON.parse(bytes.toString('utf8')) as ImageRecord;
    if (this.store.queryPathInfo(image.path)?.narHash !== image.narHash) return undefined;
    const file = `${this.store.realPath(image.path)}/${image.fileName}`;
    const facts = fileFacts(file);
    // Somebody may have run the image itself, which changes its time.
    return facts?.size === image.size && facts.modifiedMs === STORE_TIME * 1000 ? { ...image, file } : undefined;
  }
}

/** The size of what two images share, as a part of what they have together. */
function likenessOf(a: ImageRecord['contents'], b: ImageRecord['contents']): number {
  const others = new Set(b.map(([path]) => path));
  const size = (items: ImageRecord['contents']): number => items.reduce((sum, [, bytes]) => sum + bytes, 0);
  const shared = size(a.filter(([path]) => others.has(path)));
  return shared / (size(a) + size(b) - shared || 1);
}
