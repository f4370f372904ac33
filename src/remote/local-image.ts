/** An image of this host that another one is to have: what its guest sees, and a qcow2 of that to be sent. */
import { ImageFile } from '../builders/image/image-file.ts';
import type { BlockPlan } from '../disk/block-plan.ts';
import { ClusterHasher, onlyClusters, type ClusterHashes } from '../disk/clusters.ts';
import { openImage } from '../disk/open-image.ts';
import { planQcow2 } from '../disk/qcow2/plan.ts';
import { unpackers } from '../convert/unpackers.ts';
import { dataExtents } from '../system/data-extents.ts';
import { inPieces } from '../system/in-pieces.ts';
import { closeFileSources, FileSource } from '../system/file-source.ts';
import type { DiskImage } from '../vm/image.ts';

export interface LocalImage {
  /** What it is: the same for the same contents, in whichever format. */
  name: string;
  /** Bytes that a guest sees. */
  size: number;
  hashes: ClusterHashes;
  disk: BlockPlan;
}

/** The images of a command, each of which is read once, for however many hosts. */
export class LocalImages {
  private readonly known = new Map<string, Promise<LocalImage>>();

  /** Throws BadImage, or the signal's reason. */
  read(image: DiskImage, signal?: AbortSignal): Promise<LocalImage> {
    const { path, size, modified } = image.key;
    const key = `${path}\0${size} ${modified}`;
    let local = this.known.get(key);
    if (!local) {
      local = readLocalImage(image, signal);
      local.catch(() => this.known.delete(key));
      this.known.set(key, local);
    }
    return local;
  }
}

/** Reads the whole image. Throws BadImage. */
async function readLocalImage(image: DiskImage, signal?: AbortSignal): Promise<LocalImage> {
  const source = FileSource.of(image.path);
  const data = image.format === 'raw' ? dataExtents(image.path) : undefined;
  const disk = await inPieces(openImage(source, image.format, { unpackers, exact: true, data }), signal);
  const hasher = new ClusterHasher(disk.size);
  await inPieces(disk.write(hasher), signal);
  closeFileSources();
  const hashes = hasher.end();
  return { name: hashes.name(disk.size), size: disk.size, hashes, disk };
}

/** A qcow2 in a file of this host. */
export interface SentFile {
  path: string;
  bytes: number;
}

/**
 * Writes the file that is sent: all of the image, or the clusters that differ from another one, which lies beside it under the name
 * `backing`. The bytes depend on the two alone.
 */
export async function writeSentFile(
  { disk }: LocalImage,
  path: string,
  base: { backing: string; clusters: readonly number[] } | undefined,
  signal?: AbortSignal,
): Promise<SentFile> {
  const plan = base ? planQcow2(onlyClusters(disk, base.clusters), { backing: base.backing }) : planQcow2(disk);
  const file = new ImageFile(path, plan.size);
  try {
    await inPieces(plan.write(file), signal);
  } finally {
    file.close();
    closeFileSources();
  }
  return { path, bytes: plan.size };
}
