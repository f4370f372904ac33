/**
 * What a guest sees of a disk, cluster by cluster: two disks are compared by the hashes of their clusters, and one is made of another by
 * the clusters that differ.
 */
import { createHash } from 'node:crypto';
import type { BlockPlan, Extent } from './block-plan.ts';
import type { BlockSink } from './block-sink.ts';
import { CLUSTER } from './qcow2/header.ts';

/** Bytes of a hash: the first of a SHA-256. */
const HASH = 16;
/** A cluster's number in the disk, and its hash. */
const ENTRY = 4 + HASH;

/** Of the clusters that are not all zeros: each one's number and hash, ascending. */
export class ClusterHashes {
  private readonly byNumber = new Map<number, string>();

  set(cluster: number, hash: string): void {
    this.byNumber.set(cluster, hash);
  }

  /** Numbers of clusters that differ, ascending. */
  differences(other: ClusterHashes): number[] {
    const numbers = new Set<number>();
    for (const [cluster, hash] of this.byNumber) if (other.byNumber.get(cluster) !== hash) numbers.add(cluster);
    for (const cluster of other.byNumber.keys()) if (!this.byNumber.has(cluster)) numbers.add(cluster);
    return [...numbers].sort((a, b) => a - b);
  }

  /** Of clusters. */
  get count(): number {
    return this.byNumber.size;
  }

  /** As a file: of each cluster its number (32 bits, big-endian) and its hash. */
  encode(): Uint8Array {
    const bytes = Buffer.alloc(this.byNumber.size * ENTRY);
    let at = 0;
    for (const [cluster, hash] of this.byNumber) {
      bytes.writeUInt32BE(cluster, at);
      bytes.write(hash, at + 4, 'latin1');
      at += ENTRY;
    }
    return bytes;
  }

  /** Returns undefined for what is no such file. */
  static decode(bytes: Uint8Array): ClusterHashes | undefined {
    if (bytes.length % ENTRY !== 0) return undefined;
    const hashes = new ClusterHashes();
    const b = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < b.length; at += ENTRY) hashes.set(b.readUInt32BE(at), b.toString('latin1', at + 4, at + ENTRY));
    return hashes;
  }

  /** A name for a disk of this size with these contents: 32 hexadecimal digits. */
  name(size: number): string {
    return createHash('sha256').update(`${size}\n`).update(this.encode()).digest('hex').slice(0, 32);
  }
}

/** Takes what a plan writes, in the disk's order, and hashes it. `end` completes the last cluster. */
export class ClusterHasher implements BlockSink {
  readonly hashes = new ClusterHashes();
  private readonly buffer = Buffer.alloc(CLUSTER);
  private cluster = -1;

  constructor(readonly size: number) {}

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const cluster = Math.floor(at / CLUSTER);
      if (cluster !== this.cluster) this.begin(cluster);
      const inside = at % CLUSTER;
      const part = bytes.subarray(done, done + CLUSTER - inside);
      this.buffer.set(part, inside);
      done += part.length;
    }
  }

  end(): ClusterHashes {
    this.begin(-1);
    return this.hashes;
  }

  private begin(cluster: number): void {
    if (this.cluster >= 0 && !isZero(this.buffer))
      this.hashes.set(this.cluster, createHash('sha256').update(this.buffer).digest().toString('latin1', 0, HASH));
    this.buffer.fill(0);
    this.cluster = cluster;
  }
}

const ZEROS = Buffer.alloc(CLUSTER);

function isZero(bytes: Buffer): boolean {
  return bytes.equals(ZEROS);
}

/** The disk with nothing but these clusters (ascending), zeros included. */
export function onlyClusters(disk: BlockPlan, clusters: readonly number[]): BlockPlan {
  const extents: Extent[] = [];
  for (const cluster of clusters) {
    const start = cluster * CLUSTER;
    const length = Math.min(CLUSTER, disk.size - start);
    const last = extents.at(-1);
    if (length <= 0) continue;
    if (last && last.start + last.length === start) last.length += length;
    else extents.push({ start, length });
  }
  return {
    size: disk.size,
    extents,
    *write(sink) {
      yield* disk.write(new Window(sink, new Set(clusters)));
    },
  };
}

/** Passes on what is in the clusters. */
class Window implements BlockSink {
  readonly size: number;

  constructor(
    private readonly sink: BlockSink,
    private readonly clusters: ReadonlySet<number>,
  ) {
    this.size = sink.size;
  }

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const part = bytes.subarray(done, done + CLUSTER - (at % CLUSTER));
      if (this.clusters.has(Math.floor(at / CLUSTER))) this.sink.write(at, part);
      done += part.length;
    }
  }
}
