/**
 * An empty qcow2 over a backing file, made without qemu-img. It records the image it was made for: an overlay over another image, or over a
 * changed one, is a broken disk. Spec: https://www.qemu.org/docs/master/interop/qcow2.html
 */
import { BootflakeError } from '../base/errors.ts';
import { BACKING_FORMAT_EXTENSION, CLUSTER, decodeHeader, encodeHeader, L2_ENTRIES, MOST_BACKING_LENGTH } from '../disk/qcow2/header.ts';

/** Ours: the image that an overlay was made for. */
const IMAGE_EXTENSION = 0x62666c6b;

/** The facts of its image that an overlay records. */
export interface ImageKey {
  path: string;
  /** Bytes of the file. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** Whether an overlay that was made for `made` belongs over the image `key`. */
export function sameImage(made: ImageKey | undefined, key: ImageKey): boolean {
  return made?.path === key.path && made.size === key.size && made.modified === key.modified;
}

export interface OverlayDescription {
  /** The backing file: absolute, or relative to the overlay's folder. Defaults to none: the disk is all zeros. */
  backing?: string;
  backingFormat?: 'qcow2' | 'raw';
  /** Bytes that the guest sees; beyond the backing file's end they are zeros. */
  virtualSize: number;
  /** Of a disk that holds a system. */
  image?: ImageKey | undefined;
}

/** Returns the bytes of an empty qcow2, with a backing file or without: header, reference count table and block, L1 table. */
export function encodeOverlay(overlay: OverlayDescription): Uint8Array {
  const l1Entries = Math.ceil(overlay.virtualSize / (L2_ENTRIES * CLUSTER));
  const l1Clusters = Math.ceil((l1Entries * 8) / CLUSTER);
  const length = Buffer.byteLength(overlay.backing ?? '');
  if (length > MOST_BACKING_LENGTH) {
    throw new BootflakeError({
      code: 'vm/path-too-long',
      message: `the image's path has ${length} bytes, a qcow2 file can name at most ${MOST_BACKING_LENGTH}: '${overlay.backing}'`,
    });
  }
  const bytes = Buffer.alloc((3 + l1Clusters) * CLUSTER);
  encodeHeader({
    size: overlay.virtualSize,
    l1Entries,
    l1Offset: 3 * CLUSTER,
    refcountTableOffset: CLUSTER,
    refcountTableClusters: 1,
    compression: 'zlib',
    ...(overlay.backing !== undefined && { backing: overlay.backing }),
    extensions: new Map([
      ...(overlay.backingFormat ? ([[BACKING_FORMAT_EXTENSION, Buffer.from(overlay.backingFormat)]] as const) : []),
      ...(overlay.image ? ([[IMAGE_EXTENSION, Buffer.from(JSON.stringify(overlay.image))]] as const) : []),
    ]),
  }).copy(bytes);
  bytes.writeBigUInt64BE(BigInt(2 * CLUSTER), CLUSTER); // the one reference count block
  for (let used = 0; used < 3 + l1Clusters; used++) bytes.writeUInt16BE(1, 2 * CLUSTER + 2 * used);
  return bytes;
}

export interface DiskHeader {
  format: 'qcow2' | 'raw';
  /** Of a qcow2; undefined for raw, whose virtual size is the file's. */
  virtualSize?: number;
  backing?: string;
  /** The format of the backing file; without it, qemu would detect it from its bytes. */
  backingFormat?: string;
  /** Its data are in another file, named in the header. */
  externalData?: boolean;
  /** The image that one of our overlays was made for. */
  image?: ImageKey;
}

/** Parses a disk's first bytes (64 KiB are enough). Anything but qcow2 is raw. */
export function decodeDiskHeader(bytes: Uint8Array): DiskHeader {
  const found = decodeHeader(bytes);
  if (!found) return { format: 'raw' };
  const backingFormat = found.extensions.get(BACKING_FORMAT_EXTENSION)?.toString('latin1');
  const image = readImageKey(found.extensions.get(IMAGE_EXTENSION)?.toString('utf8') ?? '');
  return {
    format: 'qcow2',
    virtualSize: found.size,
    ...(found.backing !== undefined && { backing: found.backing }),
    ...(backingFormat !== undefined && { backingFormat }),
    ...(found.externalData && { externalData: true }),
    ...(image && { image }),
  };
}

function readImageKey(text: string): ImageKey | undefined {
  try {
    const { path, size, modified } = JSON.parse(text) as Partial<ImageKey>;
    return typeof path === 'string' && typeof size === 'number' && typeof modified === 'number' ? { path, size, modified } : undefined;
  } catch {
    return undefined;
  }
}
