/** Reads a disk from a VDI of VirtualBox, version 1.1, dynamic or fixed: VirtualBox's VDICore.h. Every field may be hostile. */
import { BadImage } from '../bad-image.ts';
import type { BlockPlan } from '../block-plan.ts';
import { diskSize, isPowerOfTwo, type ImageBytes } from '../image-bytes.ts';
import { ImageRuns } from '../image-runs.ts';
import { VDI_FIELD as FIELD } from './plan.ts';

const HEADER = 512;
const [DYNAMIC, FIXED] = [1, 2];
/** In the map from here on: no block, or one of zeros. */
const NO_BLOCK = 0xffff_fffe;
const [LEAST_BLOCK, MOST_BLOCK] = [4096, 256 << 20];

/** Throws BadImage. */
export function readVdi(bytes: ImageBytes): BlockPlan {
  const b = bytes.read(0, HEADER, 'the header');
  const number = (field: keyof typeof FIELD): number => b.readUInt32LE(FIELD[field]);
  const bad = (field: keyof typeof FIELD, expected: string, hint?: string): BadImage =>
    new BadImage(`${field} is ${number(field)}, not ${expected}`, { offset: FIELD[field], hint });
  if (number('version') >>> 16 !== 1) throw bad('version', '1.1 (65537)');
  if (number('kind') !== DYNAMIC && number('kind') !== FIXED)
    throw bad('kind', 'a whole disk (1 or 2)', 'It depends on another image: clone it in VirtualBox first.');
  const size = diskSize(b.readBigUInt64LE(FIELD.diskSize), FIELD.diskSize);
  const blockSize = number('blockSize');
  if (!isPowerOfTwo(blockSize, LEAST_BLOCK, MOST_BLOCK)) throw bad('blockSize', `a power of two from ${LEAST_BLOCK} to ${MOST_BLOCK}`);
  if (number('blockExtra') !== 0) throw bad('blockExtra', '0');
  const blocks = Math.ceil(size / blockSize);
  if (number('blocks') < blocks) throw bad('blocks', `${blocks} at least, for a disk of ${size} bytes`);
  const dataOffset = number('dataOffset');
  const map = bytes.read(number('mapOffset'), blocks * 4, 'the map of blocks');
  const runs = new ImageRuns(bytes, size);
  runs.addTable(0, HEADER);
  runs.addTable(number('mapOffset'), map.length);
  for (let block = 0; block < blocks; block++) {
    const index = map.readUInt32LE(block * 4);
    if (index < NO_BLOCK) runs.add(block * blockSize, dataOffset + index * blockSize, blockSize);
  }
  return runs.plan();
}
