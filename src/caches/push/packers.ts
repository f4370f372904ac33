/** Compressions for archives that are pushed: those of Node, zstd, and those of programs. */
import type { Transform } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import * as zlib from 'node:zlib';
import { hostCores } from '../../system/host-cores.ts';
import { startThread } from '../../system/start-thread.ts';
import { cacheError } from '../errors.ts';
import { packByProgram } from './program-packer.ts';

export interface PackerOptions {
  /** `none`, `zstd`, `br`, `gzip`, `xz`, `bzip2` or `lz4`. */
  compression: string;
  /** Defaults to the method's own, for brotli to 6. */
  level?: number | undefined;
  /** Several threads work on one archive; only zstd and xz can. */
  parallel?: boolean | undefined;
  /** Finds the programs of xz, bzip2 and lz4. Defaults to none. */
  findProgram?: FindCompressor | undefined;
}

export type CompressorName = 'xz' | 'bzip2' | 'lz4';
/** Returns the program and the arguments before its own; undefined where there is none. */
export type FindCompressor = (name: CompressorName) => Promise<readonly string[] | undefined>;

/** Compresses archives; may have threads, which `close` ends. */
export interface Packer {
  /** As it is written in a narinfo. */
  readonly compression: string;
  /** Of the archive's file name, after `.nar`. */
  readonly extension: string;
  /** For a pipeline. Undefined for no compression. */
  transform: (() => Transform | ((pieces: AsyncIterable<Buffer>, how: { signal: AbortSignal }) => AsyncIterable<Uint8Array>)) | undefined;
  close(): Promise<void>;
}

const MOST_LEVEL: Record<string, number> = { none: 0, gzip: 9, br: 11, zstd: 22, xz: 9, bzip2: 9, lz4: 12 };
const DEFAULT_LEVEL = { br: 6, zstd: 3 };

/** Throws `caches/no-compressor` for a method that is not known, and for a level or threads that a method does not have. */
export function openPacker({ compression, level, parallel = false, findProgram }: PackerOptions): Packer {
  const most = Object.hasOwn(MOST_LEVEL, compression) ? MOST_LEVEL[compression] : undefined;
  if (most === undefined)
    throw cacheError('no-compressor', `archives cannot be compressed by '${compression}' here`, {
      hint: `Use one of: ${Object.keys(MOST_LEVEL).join(', ')}`,
    });
  if (level !== undefined && level > most)
    throw cacheError('no-compressor', `the compression level of '${compression}' is at most ${most}, not ${level}`);
  if (parallel && compression !== 'zstd' && compression !== 'xz')
    throw cacheError('no-compressor', `'${compression}' has no parallel compression`, { hint: 'Use compression=zstd or xz for it.' });
  const close = async (): Promise<void> => {};
  switch (compression) {
    case 'gzip':
      return { compression, extension: '', transform: () => zlib.createGzip({ ...(level !== undefined && { level }) }), close };
    case 'br': {
      const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: level ?? DEFAULT_LEVEL.br };
      return { compression, extension: '.br', transform: () => zlib.createBrotliCompress({ params }), close };
    }
    case 'zstd': {
      const blocks = new ZstdBlocks(level ?? DEFAULT_LEVEL.zstd, parallel ? hostCores() : 1);
      return { compression, extension: '.zst', transform: () => (pieces) => blocks.pack(pieces), close: () => blocks.close() };
    }
    case 'xz':
    case 'bzip2':
    case 'lz4': {
      const args = ['--compress', '--stdout', ...(level ? [`-${level}`] : []), ...(parallel ? ['--threads=0'] : [])];
      const pack = async function* (pieces: AsyncIterable<Buffer>, how: { signal: AbortSignal }): AsyncGenerator<Uint8Array> {
        yield* packByProgram([...(await foundProgram(compression, findProgram)), ...args], pieces, how.signal);
      };
      return { compression, extension: PROGRAM_EXTENSION[compression], transform: () => pack, close };
    }
    default:
      return { compression, extension: '', transform: undefined, close };
  }
}

const PROGRAM_EXTENSION = { xz: '.xz', bzip2: '.bz2', lz4: '.lz4' };

async function foundProgram(name: CompressorName, find: FindCompressor | undefined): Promise<readonly string[]> {
  const found = await find?.(name);
  if (found) return found;
  throw cacheError('no-compressor', `archives cannot be compressed by '${name}' here: there is no program of that name`, {
    hint: `Install ${name}, or use one of: zstd, br, gzip, none`,
  });
}

/** Each block is a frame of its own; a file of several frames is one archive (RFC 8878, 3.1). */
const BLOCK = 8 << 20;

type CompressBlock = (block: Uint8Array) => Promise<Uint8Array>;

class ZstdBlocks {
  private readonly threads: BlockThread[] = [];

  constructor(
    private readonly level: number,
    private readonly parallel: number,
  ) {}

  /** Holds one block for each thread. */
  async *pack(pieces: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    const compress = this.compressor();
    const pending: Promise<Uint8Array>[] = [];
    for await (const block of blocksOf(pieces)) {
      const packed = compress(block);
      // It is awaited later; its failure ends the process otherwise.
      packed.catch(() => {});
      pending.push(packed);
      if (pending.length >= this.parallel) yield await pending.shift()!;
    }
    for (const packed of pending) yield await packed;
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.splice(0).map((thread) => thread.end()));
  }

  private compressor(): CompressBlock {
    const { zstdCompress, constants } = zlib as unknown as {
      zstdCompress?: (block: Uint8Array, options: object, done: (error: Error | null, packed: Uint8Array) => void) => void;
      constants: Record<string, number>;
    };
    if (!zstdCompress) return (block) => this.leastBusy().compress(block, this.level);
    const params = { [constants.ZSTD_c_compressionLevel!]: this.level };
    return (block) =>
      new Promise((resolve, reject) => zstdCompress(block, { params }, (error, packed) => (error ? reject(error) : resolve(packed))));
  }

  private leastBusy(): BlockThread {
    const free = this.threads.find(({ busy }) => busy === 0);
    if (free) return free;
    if (this.threads.length < this.parallel) {
      const thread = new BlockThread();
      this.threads.push(thread);
      return thread;
    }
    return this.threads.reduce((best, other) => (other.busy < best.busy ? other : best));
  }
}

/** All of the same size but for the last, however the pieces come, so that the same archive is the same file. */
async function* blocksOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + BLOCK - size);
      parts.push(part);
      [at, size] = [at + part.length, size + part.length];
      if (size < BLOCK) continue;
      yield joined(parts, size);
      [parts, size] = [[], 0];
    }
  }
  if (size > 0) yield joined(parts, size);
}

/** In memory of its own, which moves to the thread. Most archives are small: a block of the full size would cost more than all else. */
function joined(parts: readonly Buffer[], size: number): Uint8Array {
  const block = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    block.set(part, at);
    at += part.length;
  }
  return block;
}

/** The library's memory is that of a thread, and may be set up once in each only. */
class BlockThread {
  private readonly worker: Worker = startThread('compress-worker', {});
  private readonly jobs: { resolve(packed: Uint8Array): void; reject(error: unknown): void }[] = [];

  constructor() {
    const fail = (error: unknown): void => this.jobs.splice(0).forEach(({ reject }) => reject(error));
    this.worker.on('message', ([packed]: { bytes: Uint8Array }[]) => this.jobs.shift()?.resolve(packed!.bytes));
    this.worker.on('error', fail);
    this.worker.on('exit', (status) => fail(new Error(`the thread that compresses ended with status ${status}`)));
    this.worker.unref();
  }

  get busy(): number {
    return this.jobs.length;
  }

  compress(block: Uint8Array, level: number): Promise<Uint8Array> {
    return new Promise<Uint8Array>((resolve, reject) => {
      this.jobs.push({ resolve, reject });
      this.worker.ref();
      this.worker.postMessage({ parts: [block], codec: 'zstd', level }, [block.buffer as ArrayBuffer]);
    }).finally(() => {
      if (this.jobs.length === 0) this.worker.unref();
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
