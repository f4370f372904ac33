/**
 * Computes the NAR hash of a tree in a separate thread while this one continues; the result is awaited without the event loop. The paths
 * that the filter will leave out are guessed. The thread reports the entries first, so that the guess is checked against the filter while
 * the thread is still reading the files.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort, type Worker } from 'node:worker_threads';
import type { NarDigest } from '../nix-format/nar-writer.ts';
import type { PathFilter } from '../system/read-tree.ts';
import { SharedWord, WORD_BYTES } from '../system/shared-word.ts';
import { startThread } from '../system/start-thread.ts';

/** The words of `control`. `steps` increases as long as the thread makes progress. */
export function aheadControl(control: SharedArrayBuffer): { state: SharedWord; steps: SharedWord } {
  return { state: new SharedWord(control), steps: new SharedWord(control, 1) };
}
export const STATE = { waiting: 0, listing: 1, reading: 2, done: 3, failed: 4, dropped: 5 } as const;

export interface AheadOrder {
  /** The tree's physical path. */
  tree: string;
  /** Paths below the tree that the filter is assumed to reject. */
  refused: ReadonlySet<string>;
}

export interface AheadThreadData extends AheadOrder {
  control: SharedArrayBuffer;
  port: MessagePort;
}

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
  private readonly control = new SharedArrayBuffer(2 * WORD_BYTES);
  protected readonly words = aheadControl(this.control);
  private readonly port: MessagePort;
  private readonly worker: Worker;

  constructor(order: AheadOrder) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const data: AheadThreadData = { ...order, control: this.control, port: port2 };
    this.worker = startThread('hash-worker', { workerData: data, transferList: [port2] });
    // A thread that cannot start stays in the state `waiting`.
    this.worker.on('error', () => {});
    this.worker.unref();
  }

  /** Must be called before `digest`. Returns undefined when the thread failed or has not begun yet: the caller is as fast in that case. */
  entries(): AheadEntries | undefined {
    this.words.state.replace(STATE.waiting, STATE.dropped);
    return this.waitFor<AheadEntries>(STATE.listing);
  }

  digest(): AheadDigest | undefined {
    return this.waitFor<AheadDigest>(STATE.reading);
  }

  /** Ends the thread, whatever it is doing. */
  drop(): void {
    this.words.state.replace(STATE.waiting, STATE.dropped);
    this.port.close();
    void this.worker.terminate();
  }

  /** Waits while the thread is in the state `working` and returns the message that it then posts; undefined when it failed or stalled. */
  private waitFor<Message>(working: number): Message | undefined {
    const { state, steps } = this.words;
    for (let before = -1; state.value === working; ) {
      if (steps.value === before) return undefined;
      before = steps.value;
      state.waitWhile(working, SILENCE_MS);
    }
    return state.value <= STATE.done ? (receiveMessageOnPort(this.port) as { message: Message } | undefined)?.message : undefined;
  }
}
