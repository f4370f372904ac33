/** Writes a squashfs: one thread reads, others pack the blocks, which are written in their order. */
import type { RawBlock } from '../../disk/squashfs/data.ts';
import type { InodeListOptions } from '../../disk/squashfs/inode-list.ts';
import { SquashfsWriter, type SquashfsOptions } from '../../disk/squashfs/writer.ts';
import { setImmediate } from 'node:timers/promises';
import { STORE_TIME } from '../../store/canonical-files.ts';
import { closeFileSources } from '../../system/file-source.ts';
import type { DirectoryNode } from '../../tree/file-tree.ts';
import type { BuildContext } from '../builder.ts';
import { packerOf, type Codec } from './codecs.ts';
import { CompressPool } from './compress-pool.ts';
import { ImageFile } from './image-file.ts';

export interface SquashfsRequest extends InodeListOptions {
  blockSize: number;
  compression: SquashfsOptions['compression'];
}

/** Bytes of blocks that are read and not yet written. */
const MOST_UNDER_WAY = 64 << 20;

type Context = Pick<BuildContext, 'drvPath' | 'progress' | 'signal' | 'cores'>;

export async function writeSquashfs(context: Context, root: DirectoryNode, path: string, request: SquashfsRequest): Promise<void> {
  const { compression, blockSize } = request;
  const file = new ImageFile(path, 0);
  const pool = compression && new CompressPool(context.cores, codecOf(compression.compressor), compression.level);
  const underWay: { block: RawBlock; packed: Promise<Uint8Array | undefined> }[] = [];
  const most = Math.max(2 * context.cores, Math.min(64, Math.floor(MOST_UNDER_WAY / blockSize)));
  const report = { id: context.drvPath, ...context };
  try {
    const writer = new SquashfsWriter(root, file, { ...request, time: STORE_TIME });
    report.progress({ type: 'start', id: report.id, activity: 'writing the squashfs', totalBytes: writer.contentSize });
    const settle = async (left: number): Promise<void> => {
      while (underWay.length > left) {
        const { block, packed } = underWay.shift()!;
        writer.write(block, await packed);
        report.progress({ type: 'advance', id: report.id, bytes: block.bytes.length });
        report.signal.throwIfAborted();
      }
    };
    for (const block of writer.blocks()) {
      const packed = pool ? pool.pack([block.bytes]).then(([packed]) => packed!.bytes) : Promise.resolve(undefined);
      underWay.push({ block, packed });
      await settle(most);
      // For the messages of the threads, and for an abort.
      await setImmediate();
    }
    await settle(0);
    const pack = compression && (await packerOf(codecOf(compression.compressor), compression.level));
    file.truncate(writer.finish(pack && ((bytes) => pack(bytes).bytes)));
    report.progress({ type: 'finish', id: report.id });
  } finally {
    underWay.forEach(({ packed }) => packed.catch(() => {}));
    pool?.close();
    file.close();
    closeFileSources();
  }
}

function codecOf(compressor: 'gzip' | 'zstd'): Codec {
  return compressor === 'gzip' ? 'deflate' : 'zstd';
}
