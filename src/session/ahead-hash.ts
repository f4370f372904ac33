/**
 * Computes the NAR hash of a tree in a separate thread while this one continues; the result is awaited without the event loop. The paths
 * that the filter will leave out are guessed. The thread sends the entries first, so that the guess is checked against the filter while
 * the thread is still reading the files.
 */
import type { Worker } from 'node:worker_threads';
import type { NarDigest } from '../nix-format/nar-writer.ts';
import { startChannelThread, type BlockingChannel, type ChannelEnd } from '../system/blocking-channel.ts';
import type { PathFilter } from '../system/read-tree.ts';

export interface AheadOrder {
  /** The tree's physical path. */
  tree: string;
  /** Paths below the tree that the filter is assumed to reject. */
  refused: ReadonlySet<string>;
}

export interface AheadThreadData extends AheadOrder {
  /** Sends an AheadMessage of each kind, in their order. */
  channel: ChannelEnd;
}

export type AheadMessage = 'begun' | AheadEntries | AheadDigest;

export type EntryType = Parameters<PathFilter>[1];

/** The entries that a filter is called with, in order: paths below the tree and their types. */
export interface AheadEntries {
  paths: string[];
  types: EntryType[];
}

export interface AheadDigest extends NarDigest {
  /** How long the thread took. */
  ms: number;
}

/** How long the thread may make no progress. */
const SILENCE_MS = 10_000;

export class AheadHash {
  private readonly channel: BlockingChannel<AheadMessage, never>;
  private readonly worker: Worker;
  private begun = false;

  constructor(order: AheadOrder) {
    const peer = { name: 'the thread that hashes a tree', silenceMs: SILENCE_MS };
    ({ worker: this.worker, channel: this.channel } = startChannelThread('hash-worker', order, peer));
    // A thread that cannot start never begins.
    this.worker.on('error', () => {});
    this.worker.unref();
  }

  /** Must be called before `digest`. Returns undefined when the thread failed or has not begun yet: the caller is as fast in that case. */
  entries(): AheadEntries | undefined {
    return this.hasBegun(0) ? (this.next() as AheadEntries | undefined) : undefined;
  }

  digest(): AheadDigest | undefined {
    return this.begun ? (this.next() as AheadDigest | undefined) : undefined;
  }

  /** Ends the thread, whatever it is doing. */
  drop(): void {
    this.channel.close();
    void this.worker.terminate();
  }

  protected hasBegun(waitMs: number): boolean {
    this.begun ||= this.next(waitMs) === 'begun';
    return this.begun;
  }

  /** Returns undefined when the thread failed, stalled or has ended: the caller then reads the tree itself and meets the same fault. */
  private next(silenceMs?: number): AheadMessage | undefined {
    try {
      return this.channel.receive(silenceMs);
    } catch {
      return undefined;
    }
  }
}
