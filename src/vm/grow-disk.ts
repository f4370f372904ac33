/** Makes the disk in a qcow2 file larger, in place, without qemu-img. Spec: https://www.qemu.org/docs/master/interop/qcow2.html */
import fs from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { readImage } from './image.ts';
import { wholeSectors } from './size.ts';

/** Offsets of the header's fields that are read or changed here. */
const FIELD = { clusterBits: 20, size: 24, l1Size: 36, l1Offset: 40, snapshots: 60 } as const;

/**
 * `size`: bytes, rounded up to a sector. The file must not be in use. What is new reads as zeros. Throws `vm/cannot-shrink`,
 * `vm/disk-too-large`.
 */
export function growDisk(path: string, size: number): void {
  const present = readImage(path);
  const wanted = wholeSectors(size);
  requireGrowth(path, present.virtualSize, wanted);
  const file = fs.openSync(path, 'r+');
  try {
    const header = Buffer.alloc(72);
    fs.readSync(file, header, 0, header.length, 0);
    const cluster = 2 ** header.readUInt32BE(FIELD.clusterBits);
    const entries = header.readUInt32BE(FIELD.l1Size);
    const needed = Math.ceil(wanted / (cluster * (cluster / 8)));
    const room = Math.ceil((entries * 8) / cluster) * (cluster / 8);
    if (present.format !== 'qcow2' || needed > room || header.readUInt32BE(FIELD.snapshots) > 0)
      throw tooLarge(path, room * cluster * (cluster / 8));
    // The table's last cluster is its own to the end, but what is there may be the rest of something else.
    if (needed > entries) {
      fs.writeSync(file, Buffer.alloc((needed - entries) * 8), 0, undefined, Number(header.readBigUInt64BE(FIELD.l1Offset)) + entries * 8);
      fs.fsyncSync(file);
    }
    header.writeBigUInt64BE(BigInt(wanted), FIELD.size);
    header.writeUInt32BE(Math.max(needed, entries), FIELD.l1Size);
    // Both within one sector: a power cut leaves the old size or the new one.
    fs.writeSync(file, header, FIELD.size, FIELD.l1Offset - FIELD.size, FIELD.size);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
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
