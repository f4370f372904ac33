/** Reads a disk from a VHD, fixed or dynamic: Microsoft's "Virtual Hard Disk Image Format Specification". Every field may be hostile. */
import { BadImage } from '../bad-image.ts';
import type { BlockPlan } from '../block-plan.ts';
import { diskSize, isPowerOfTwo, safeNumber, type ImageBytes } from '../image-bytes.ts';
import { ImageRuns } from '../image-runs.ts';
import { VHD_FOOTER as FOOTER, VHD_HEADER as HEADER, vhdChecksum } from './plan.ts';

const SECTOR = 512;
const [FIXED, DYNAMIC] = [2, 3];
const HEADER_LENGTH = 1024;
const UNALLOCATED = 0xffff_ffff;
const [LEAST_BLOCK, MOST_BLOCK] = [4096, 256 << 20];

export type VhdDisk = { kind: 'fixed'; size: number } | { kind: 'dynamic'; plan: BlockPlan };

/** A fixed one is the file's first `size` bytes. Throws BadImage. */
export function readVhd(bytes: ImageBytes): VhdDisk {
  const at = bytes.size - SECTOR;
  const footer = bytes.read(at, SECTOR, 'the footer');
  if (footer.toString('latin1', 0, 8) !== 'conectix') throw new BadImage('the file does not end with the footer of a VHD', { offset: at });
  checkSum(footer, FOOTER.checksum, at);
  const size = diskSize(footer.readBigUInt64BE(FOOTER.currentSize), at + FOOTER.currentSize);
  const kind = footer.readUInt32BE(FOOTER.kind);
  if (kind === FIXED) {
    if (size > at)
      throw new BadImage(`the disk's size is ${size}, but the file has ${at} bytes before its footer`, { offset: at + FOOTER.currentSize });
    return { kind: 'fixed', size };
  }
  if (kind !== DYNAMIC)
    throw new BadImage(`the kind of disk is ${kind}: a disk by itself has ${FIXED} or ${DYNAMIC}`, {
      offset: at + FOOTER.kind,
      hint: 'It depends on another image: merge them first, in Hyper-V with Merge-VHD.',
    });
  const headerAt = safeNumber(footer.readBigUInt64BE(FOOTER.dataOffset), "the header's place", at + FOOTER.dataOffset);
  return { kind: 'dynamic', plan: readDynamic(bytes, size, headerAt) };
}

function readDynamic(bytes: ImageBytes, size: number, at: number): BlockPlan {
  const header = bytes.read(at, HEADER_LENGTH, 'the header');
  if (header.toString('latin1', 0, 8) !== 'cxsparse') throw new BadImage('there is no header of a dynamic disk', { offset: at });
  checkSum(header, HEADER.checksum, at);
  const blockSize = header.readUInt32BE(HEADER.blockSize);
  if (!isPowerOfTwo(blockSize, LEAST_BLOCK, MOST_BLOCK))
    throw new BadImage(`the blocks' size is ${blockSize}, no power of two from ${LEAST_BLOCK} to ${MOST_BLOCK}`, {
      offset: at + HEADER.blockSize,
    });
  const blocks = Math.ceil(size / blockSize);
  const entries = header.readUInt32BE(HEADER.entries);
  if (entries < blocks)
    throw new BadImage(`the table has ${entries} entries, a disk of ${size} bytes needs ${blocks}`, { offset: at + HEADER.entries });
  const tableAt = safeNumber(header.readBigUInt64BE(HEADER.tableOffset), "the table's place", at + HEADER.tableOffset);
  const table = bytes.read(tableAt, blocks * 4, 'the table of blocks');
  // Before each block a bit for each of its sectors, in whole sectors.
  const bitmap = Math.ceil(blockSize / SECTOR / 8 / SECTOR) * SECTOR;
  const runs = new ImageRuns(bytes, size);
  runs.addTable(at, HEADER_LENGTH);
  runs.addTable(tableAt, table.length);
  runs.addTable(bytes.size - SECTOR, SECTOR);
  for (let block = 0; block < blocks; block++) {
    const sector = table.readUInt32BE(block * 4);
    if (sector !== UNALLOCATED) runs.add(block * blockSize, sector * SECTOR + bitmap, blockSize);
  }
  return runs.plan();
}

function checkSum(bytes: Buffer, field: number, at: number): void {
  const found = bytes.readUInt32BE(field);
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(0, field);
  if (vhdChecksum(copy) !== found)
    throw new BadImage(`the sum is ${found}, but that of the bytes is ${vhdChecksum(copy)}`, { offset: at + field });
}
