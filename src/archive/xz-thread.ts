/**
 * Unpacks .xz data in a thread, as a stream: the library returns promises, and archives are unpacked without the event loop. The two
 * threads take turns on shared memory, so that neither is ahead of the other by more than one piece.
 */
import type { Worker } from 'node:worker_threads';
import { SharedWord, WORD_BYTES } from '../system/shared-word.ts';
import { startThread } from '../system/start-thread.ts';
import { damagedXz } from './xz-blocks.ts';

/** Replaces a length: the rest of the stream is not wanted. */
export const CANCELLED = -1;
/** In `turn` the thread works, in all other states it waits. After `done` and `failed` a turn begins the next stream. */
export const STATE = { turn: 0, wantsInput: 1, hasOutput: 2, done: 3, failed: 4 } as const;

/** The two words of `control`. `length` counts bytes of `input` when it is the thread's turn, else those of `output`. */
export function xzControl(control: SharedArrayBuffer): { state: SharedWord; length: SharedWord } {
  return { state: new SharedWord(control), length: new SharedWord(control, 1) };
}

export interface XzThreadData {
  control: SharedArrayBuffer;
  /** Packed bytes; none at the end of the data. */
  input: Uint8Array;
  /** Unpacked bytes; the reason in UTF-8 for a failed stream. */
  output: Uint8Array;
}

const [INPUT_SIZE, OUTPUT_SIZE] = [256 << 10, 1 << 20];
/** Milliseconds that the thread may take for one piece, or to start. */
const SILENCE = 60_000;

/** An idle thread. */
let idle: XzThread | undefined;

/**
 * Yields the unpacked stream in pieces of at most 1 MiB. With `keep` its thread is kept for the next stream, and with it the memory of its
 * dictionary. Throws ArchiveError.
 */
export function* unxzInThread(packed: Iterable<Uint8Array>, keep: boolean): Generator<Uint8Array> {
  const thread = idle ?? new XzThread();
  idle = undefined;
  try {
    yield* thread.unpack(packed);
  } finally {
    if (keep && idle === undefined && thread.comeToEnd()) idle = thread;
    else thread.end();
  }
}

class XzThread {
  private readonly state: SharedWord;
  private readonly length: SharedWord;
  private readonly input = new Uint8Array(new SharedArrayBuffer(INPUT_SIZE));
  private readonly output = new Uint8Array(new SharedArrayBuffer(OUTPUT_SIZE));
  private readonly worker: Worker;

  constructor() {
    const control = new SharedArrayBuffer(2 * WORD_BYTES);
    ({ state: this.state, length: this.length } = xzControl(control));
    const data: XzThreadData = { control, input: this.input, output: this.output };
    this.worker = startThread('xz-worker', { workerData: data });
    // A thread that cannot start never responds.
    this.worker.on('error', () => {});
    this.worker.unref();
  }

  *unpack(packed: Iterable<Uint8Array>): Generator<Uint8Array> {
    const pieces = inPiecesOf(packed, INPUT_SIZE);
    if (this.isAtEnd()) this.give(0);
    for (;;) {
      const state = this.state.waitWhile(STATE.turn, SILENCE);
      if (state === undefined) throw damagedXz('the thread that unpacks it does not respond');
      if (state === STATE.wantsInput) {
        const next = pieces.next();
        if (!next.done) this.input.set(next.value);
        this.give(next.done ? 0 : next.value.length);
        continue;
      }
      const bytes = this.output.slice(0, this.length.value);
      if (state === STATE.failed) throw damagedXz(new TextDecoder().decode(bytes));
      if (bytes.length > 0) yield bytes;
      if (state === STATE.done) return;
      this.give(0);
    }
  }

  /** Abandons the rest of the stream. Returns whether the thread is ready for another. */
  comeToEnd(): boolean {
    if (!this.isAtEnd() && this.state.value !== STATE.turn) {
      this.give(CANCELLED);
      this.state.waitWhile(STATE.turn, SILENCE);
    }
    return this.isAtEnd();
  }

  /** Returns whether it has finished a stream and not begun another. */
  private isAtEnd(): boolean {
    return this.state.value >= STATE.done;
  }

  end(): void {
    void this.worker.terminate();
  }

  private give(length: number): void {
    this.length.set(length);
    this.state.set(STATE.turn);
  }
}

function* inPiecesOf(pieces: Iterable<Uint8Array>, most: number): Generator<Uint8Array, undefined> {
  for (const piece of pieces) for (let at = 0; at < piece.length; at += most) yield piece.subarray(at, at + most);
}
