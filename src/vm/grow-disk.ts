/** Makes the disk in a qcow2 file larger, in place, without qemu-img. Spec: https://www.qemu.org/docs/master/interop/qcow2.html */
import { BootflakeError } from '../base/errors.ts';
import type { DiskImage } from './image.ts';
import { wholeSectors } from './size.ts';

/** Offsets of the header's fields that are read or changed here. */
const FIELD = { clusterBits: 20, size: 24, l1Size: 36, l1Offset: 40, snapshots: 60 } as const;

/**
 * What has to be written into the file, in this order and each on the disk before the next, so that it has `size` bytes (rounded up to a
 * sector); what is new reads as zeros. `beginning`: its first 72 bytes. The file must not be in use. Throws `vm/cannot-shrink`,
 * `vm/disk-too-large`.
 */
export function growth(
  beginning: Uint8Array,
  { path, virtualSize, format }: DiskImage,
  size: number,
): { bytes: Uint8Array; offset: number }[] {
  const wanted = wholeSectors(size);
  requireGrowth(path, virtualSize, wanted);
  // A file may be shorter.
  const header = Buffer.concat([beginning], 72);
  const cluster = 2 ** header.readUInt32BE(FIELD.clusterBits);
  const entries = header.readUInt32BE(FIELD.l1Size);
  const needed = Math.ceil(wanted / (cluster * (cluster / 8)));
  const room = Math.ceil((entries * 8) / cluster) * (cluster / 8);
  if (format !== 'qcow2' || needed > room || header.readUInt32BE(FIELD.snapshots) > 0) throw tooLarge(path, room * cluster * (cluster / 8));
  const table = Number(header.readBigUInt64BE(FIELD.l1Offset));
  header.writeBigUInt64BE(BigInt(wanted), FIELD.size);
  header.writeUInt32BE(Math.max(needed, entries), FIELD.l1Size);
  return [
    // The table's last cluster is its own to the end, but what is there may be the rest of something else.
    ...(needed > entries ? [{ bytes: Buffer.alloc((needed - entries) * 8), offset: table + entries * 8 }] : []),
    // Both within one sector: a power cut leaves the old size or the new one.
    { bytes: header.subarray(FIELD.size, FIELD.l1Offset), offset: FIELD.size },
  ];
}

/** Throws `vm/cannot-shrink`. */
export function requireGrowth(path: string, present: number, wanted: number): void {
  if (wanted >= present) return;
  throw new BootflakeError({
    code: 'vm/cannot-shrink',
    message: `the disk '${path}' has ${present} bytes: it cannot become one of ${wanted}, which would cut off what is on it`,
    hint: `Name a size of ${Math.ceil(present / 2 ** 20)}M or more.`,
  });
}

function tooLarge(path: string, most: number): BootflakeError {
  return new BootflakeError({
    code: 'vm/disk-too-large',
    message: `the disk '${path}' cannot grow beyond ${most} bytes while its machine is stopped`,
    hint: 'Start the machine: qemu can make it larger.',
  });
}
