/** Unpacks one archive of a cache into the store's form, and compares it with its narinfo. Runs in a thread of nar-pool.ts. */
import { createHash, type Hash as Hasher } from 'node:crypto';
import { ArchiveError } from '../../archive/archive-error.ts';
import { isStreamCompression } from '../../archive/stream-compression.ts';
import { unpackedStream } from '../../archive/unpacked-stream.ts';
import { parseContentAddress, type ContentAddress } from '../../nix-format/content-address.ts';
import { formatHash, type Hash } from '../../nix-format/hash.ts';
import type { NarVisitor } from '../../nix-format/nar-reader.ts';
import { NarUnpacker } from '../../store/unpack-nar.ts';
import { cacheError } from '../errors.ts';

export interface NarJob {
  /** Where to write; must not exist. */
  place: string;
  compression: string;
  narHash: Hash;
  narSize: number;
  fileHash?: Hash;
  fileSize?: number;
  /** Compared with the contents, if the path does not mention itself. */
  ca?: string;
}

/**
 * Takes the packed bytes from `packed`. Throws `caches/hash-mismatch`, `caches/wrong-size`, `caches/bad-archive`, `nix-format/bad-nar`, and
 * what `packed` throws; what was written then stays.
 */
export async function unpackNar(job: NarJob, packed: Iterable<Uint8Array>): Promise<void> {
  try {
    await unpackAndCompare(job, packed);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw cacheError('bad-archive', `broken ${error.format} data: ${error.message}`, { cause: error });
  }
}

async function unpackAndCompare(job: NarJob, packed: Iterable<Uint8Array>): Promise<void> {
  const { compression } = job;
  if (!isStreamCompression(compression)) throw cacheError('bad-archive', `its compression '${compression}' is not known here`);
  const source = new PackedBytes(job, packed);
  const address = job.ca === undefined ? undefined : parseContentAddress(job.ca);
  const content = address && address.method !== 'git' ? new ContentHasher(address) : undefined;
  const unpacker = new NarUnpacker(job.place, { narSize: job.narSize, ...(content?.ofFile && { observer: content }) });
  let size = 0;
  try {
    for await (const piece of unpackedStream(compression, source.pieces())) {
      size += piece.length;
      if (size > job.narSize) throw wrongSize('archive', `more than ${job.narSize}`, job.narSize);
      unpacker.push(piece);
      content?.archive(piece);
    }
    const found = unpacker.finish();
    if (found.size !== job.narSize) throw wrongSize('archive', found.size, job.narSize);
    compare('archive', { algorithm: 'sha256', bytes: found.sha256 }, job.narHash);
  } finally {
    unpacker.close();
  }
  content?.check();
  source.finish();
}

/** The bytes as they came, hashed and counted. */
class PackedBytes {
  private readonly hasher: Hasher | undefined;
  private readonly iterator: Iterator<Uint8Array>;
  private size = 0;

  constructor(
    private readonly job: NarJob,
    packed: Iterable<Uint8Array>,
  ) {
    const { compression, fileHash, narHash } = job;
    // Without compression these are the bytes of the archive, whose hash is compared anyway.
    const isCompared = compression === 'none' && fileHash !== undefined && sameHash(fileHash, narHash);
    this.hasher = fileHash && !isCompared ? createHash(fileHash.algorithm) : undefined;
    this.iterator = packed[Symbol.iterator]();
  }

  *pieces(): Generator<Uint8Array> {
    for (let next = this.iterator.next(); !next.done; next = this.iterator.next()) {
      this.size += next.value.length;
      const { fileSize } = this.job;
      if (fileSize !== undefined && this.size > fileSize) throw wrongSize('file', `more than ${fileSize}`, fileSize);
      this.hasher?.update(next.value);
      yield next.value;
    }
  }

  /** Reads what the decompression left and compares. */
  finish(): void {
    for (const _ of this.pieces());
    const { fileHash, fileSize } = this.job;
    if (fileSize !== undefined && this.size !== fileSize) throw wrongSize('file', this.size, fileSize);
    if (fileHash && this.hasher) compare('file', { algorithm: fileHash.algorithm, bytes: this.hasher.digest() }, fileHash);
  }
}

/** Computes what a content address says: the hash of the archive, or of the only file in it. */
class ContentHasher implements NarVisitor {
  readonly ofFile: boolean;
  private readonly hasher: Hasher;
  private plain = true;

  constructor(private readonly address: ContentAddress) {
    this.ofFile = address.method !== 'nar';
    this.hasher = createHash(address.hash.algorithm);
  }

  archive(bytes: Uint8Array): void {
    if (!this.ofFile) this.hasher.update(bytes);
  }

  check(): void {
    if (!this.plain) throw cacheError('hash-mismatch', 'its content address is that of a plain file, which it is not');
    compare('content', { algorithm: this.address.hash.algorithm, bytes: this.hasher.digest() }, this.address.hash);
  }

  beginFile(_size: number, executable: boolean): void {
    if (executable) this.plain = false;
  }

  contents(bytes: Uint8Array): void {
    this.hasher.update(bytes);
  }

  symlink(): void {
    this.plain = false;
  }

  beginDirectory(): void {
    this.plain = false;
  }

  endFile(): void {}
  beginEntry(): void {}
  endEntry(): void {}
  endDirectory(): void {}
}

function sameHash(a: Hash, b: Hash): boolean {
  return a.algorithm === b.algorithm && Buffer.compare(a.bytes, b.bytes) === 0;
}

function compare(what: string, found: Hash, expected: Hash): void {
  if (Buffer.compare(found.bytes, expected.bytes) === 0) return;
  const [specified, got] = [formatHash(expected, 'sri'), formatHash(found, 'sri')];
  throw cacheError('hash-mismatch', `the hash of its ${what} is wrong: specified ${specified}, got ${got}`);
}

function wrongSize(what: string, found: number | string, expected: number): Error {
  return cacheError('wrong-size', `its ${what} has ${found} bytes, it should have ${expected}`);
}
