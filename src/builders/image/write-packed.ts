/** Writes a disk packed with zstd, as frames of a few mebibytes, which together are a file of zstd: one thread reads, others pack. */
import type { BlockPlan } from '../../disk/block-plan.ts';
import { CompressPool } from './compress-pool.ts';
import type { ImageFile } from './image-file.ts';
import { writePlan, type WriteReport } from './write-plan.ts';

const FRAME = 4 << 20;
const LEVEL = 6;

export async function writePacked(disk: BlockPlan, file: ImageFile, cores: number, report: WriteReport): Promise<void> {
  const pool = new CompressPool(cores, LEVEL);
  const underWay: Promise<Uint8Array[]>[] = [];
  let end = 0;
  const settle = async (most: number): Promise<void> => {
    while (underWay.length > most)
      for (const packed of await underWay.shift()!) {
        file.write(end, packed);
        end += packed.length;
      }
  };
  let frame = new Uint8Array(FRAME);
  let at = 0;
  // The disk up to `to` is in frames that are sent, or in this one.
  const send = (): void => {
    underWay.push(pool.pack([frame.subarray(0, ((at - 1) % FRAME) + 1)]));
    frame = new Uint8Array(FRAME);
  };
  const append = (bytes: Uint8Array | undefined, length: number): void => {
    for (let done = 0; done < length; ) {
      const room = FRAME - (at % FRAME);
      const take = Math.min(room, length - done);
      if (bytes) frame.set(bytes.subarray(done, done + take), at % FRAME);
      at += take;
      done += take;
      if (at % FRAME === 0) send();
    }
  };
  const sink = {
    size: disk.size,
    write(offset: number, bytes: Uint8Array): void {
      append(undefined, offset - at);
      append(bytes, bytes.length);
    },
  };
  try {
    await writePlan(disk, sink, report, () => settle(2 * cores));
    append(undefined, disk.size - at);
    if (at % FRAME !== 0) send();
    await settle(0);
  } finally {
    pool.close();
    underWay.forEach((packed) => packed.catch(() => {}));
  }
}
