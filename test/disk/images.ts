/** Shared by the disk tests: images in scratch folders, and trees to put into them. */
import type { BlockPlan } from '../../src/disk/block-plan.ts';
import { ImageFile } from '../../src/builders/image/image-file.ts';
import type { ByteSource } from '../../src/tree/file-tree.ts';

/** Writes the plan to a sparse file. Throws when a write differs from the plan. */
export function writeImage(plan: BlockPlan, path: string): void {
  const file = new ImageFile(path, plan.size);
  let end = 0;
  const zeros = Buffer.alloc(1 << 20);
  for (const _ of plan.write({
    size: plan.size,
    write(offset, bytes) {
      const extent = plan.extents.find(({ start, length }) => start <= offset && offset + bytes.length <= start + length);
      if (!extent || offset < end) throw new Error(`${bytes.length} bytes at ${offset} are out of the plan`);
      end = offset + bytes.length;
      if (!zeros.subarray(0, bytes.length).equals(bytes)) file.write(offset, bytes);
    },
  }));
  file.close();
}

/** `size` bytes of `value`, generated when they are read. */
export function constantSource(size: number, value: number): ByteSource {
  return { size, read: (target) => void target.fill(value) };
}

export function patternBytes(size: number, salt: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let n = 0; n < size; n++) bytes[n] = (n * 31 + salt + (n >> 8)) & 0xff;
  return bytes;
}

export const uuid = (fill: number): Buffer => Buffer.alloc(16, fill);
