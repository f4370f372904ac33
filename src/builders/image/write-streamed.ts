/** Writes disks in the formats whose sizes are known at the end: one thread reads and splits, others compress, all in the disk's order. */
import { BlockCutter } from '../../disk/block-cutter.ts';
import type { BlockPlan } from '../../disk/block-plan.ts';
import type { BlockSink } from '../../disk/block-sink.ts';
import { RawStream, type ByteStream } from '../../disk/byte-stream.ts';
import type { StreamedFormat } from '../../disk/image-format.ts';
import type { OvaMachine } from '../../disk/ova/descriptor.ts';
import { OvaWriter } from '../../disk/ova/writer.ts';
import { CompressedQcow2Writer } from '../../disk/qcow2/compressed-writer.ts';
import { CLUSTER } from '../../disk/qcow2/header.ts';
import { SparseTarWriter } from '../../disk/tar/sparse-tar.ts';
import type { VmaOptions } from '../../disk/vma/header.ts';
import { VmaWriter } from '../../disk/vma/writer.ts';
import { GRAIN } from '../../disk/vmdk/header.ts';
import { VmdkStreamWriter } from '../../disk/vmdk/stream-writer.ts';
import type { Codec, Packed } from './codecs.ts';
import { PackQueue } from './compress-pool.ts';
import type { ImageFile } from './image-file.ts';
import { PackedStream, type StreamCompression } from './packed-stream.ts';
import { writePlan, type WriteReport } from './write-plan.ts';

/** What the formats say besides the disk. */
export interface ContainerOptions {
  /** Decides on UUIDs and numbers of the content. */
  seed: string;
  /** Of the file, without a suffix. */
  baseName: string;
  /** In seconds since 1970. */
  time: number;
  ova: OvaMachine;
  vma: VmaOptions;
}

export interface StreamedImage {
  format: StreamedFormat;
  disk: BlockPlan;
  file: ImageFile;
  options: ContainerOptions;
  /** Threads that compress. */
  cores: number;
}

/** Of blocks, 64 KiB each, that are packed together. */
const BATCH = 16;

/** Cuts the file to its size at the end. Throws RangeError for options that the format cannot hold. */
export async function writeStreamed(image: StreamedImage, report: WriteReport): Promise<void> {
  const { file } = image;
  file.truncate(await write(image, report));
}

/** Returns the file's size. */
async function write(image: StreamedImage, report: WriteReport): Promise<number> {
  const { format, disk, file, options } = image;
  const { seed, baseName, time } = options;
  switch (format) {
    case 'qcow2-compressed':
    case 'qcow2-zlib': {
      const isZstd = format === 'qcow2-compressed';
      const writer = new CompressedQcow2Writer(disk.size, file, isZstd ? 'zstd' : 'zlib');
      await packBlocks(image, report, isZstd ? 'zstd' : 'qcow2-deflate', CLUSTER, (index, { bytes }, plain) => {
        if (bytes.length < CLUSTER) writer.compressed(index, bytes);
        else writer.plain(index, plain);
      });
      return writer.finish();
    }
    case 'vmdk-stream': {
      const writer = new VmdkStreamWriter(disk.size, new FileStream(file), { seed, fileName: `${baseName}.vmdk` });
      await packBlocks(image, report, 'deflate', GRAIN, (index, { bytes }) => writer.grain(index, bytes));
      return writer.end();
    }
    case 'ova': {
      const writer = new OvaWriter(disk.size, file, { machine: options.ova, baseName, seed, time });
      await packBlocks(image, report, 'deflate', GRAIN, (index, { bytes }) => writer.vmdk.grain(index, bytes));
      return writer.end();
    }
    case 'vma': {
      const stream = new FileStream(file);
      await endAfter(disk, new VmaWriter(disk.size, stream, options.vma), report);
      return stream.position;
    }
    case 'vma.zst':
      return packStream(image, report, 'zstd', (stream) => new VmaWriter(disk.size, stream, options.vma));
    case 'raw.tar.gz':
      return packStream(image, report, 'gzip', (stream) => new SparseTarWriter(disk, stream, { name: 'disk.raw', time }));
    case 'raw.gz':
    case 'raw.xz':
    case 'raw.zst': {
      const compression = ({ 'raw.gz': 'gzip', 'raw.xz': 'xz', 'raw.zst': 'zstd' } as const)[format];
      return packStream(image, report, compression, (stream) => new RawStream(disk.size, stream));
    }
  }
}

/** Packs each block of `blockSize` bytes that is not all zeros. */
async function packBlocks(
  { disk, cores }: StreamedImage,
  report: WriteReport,
  codec: Codec,
  blockSize: number,
  done: (index: number, packed: Packed, plain: Uint8Array) => void,
): Promise<void> {
  const queue = new PackQueue<number>({ codec, cores, batch: BATCH, done });
  const cutter = new BlockCutter(disk.size, blockSize, (index, bytes) => queue.add(index, bytes));
  try {
    await writePlan(disk, cutter, report, () => queue.settle());
    cutter.end();
    await queue.end();
  } finally {
    queue.close();
  }
}

type EndingSink = BlockSink & { end(): void };

/** Packs the whole file that the sink makes. */
async function packStream(
  { disk, file, cores }: StreamedImage,
  report: WriteReport,
  compression: StreamCompression,
  sinkOf: (stream: ByteStream) => EndingSink,
): Promise<number> {
  const stream = new PackedStream(file, compression, cores);
  try {
    await endAfter(disk, sinkOf(stream), report, () => stream.settle());
    return await stream.end();
  } finally {
    stream.close();
  }
}

async function endAfter(disk: BlockPlan, sink: EndingSink, report: WriteReport, afterPiece?: () => Promise<void>): Promise<void> {
  await writePlan(disk, sink, report, afterPiece);
  sink.end();
}

/** Writes a file front to back; zeros are holes. */
class FileStream implements ByteStream {
  position = 0;
  private readonly file: ImageFile;

  constructor(file: ImageFile) {
    this.file = file;
  }

  write(bytes: Uint8Array): void {
    this.file.write(this.position, bytes);
    this.position += bytes.length;
  }

  zeros(count: number): void {
    this.position += count;
  }
}
