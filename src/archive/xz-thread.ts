/**
 * Unpacks .xz data in a thread, as a stream: the library returns promises, and archives are unpacked without the event loop. The thread
 * asks for packed bytes and hands over unpacked ones, and waits for a reply each time, so that neither is ahead by more than one piece.
 */
import type { Worker } from 'node:worker_threads';
import { startChannelThread, type BlockingChannel, type ChannelEnd } from '../system/blocking-channel.ts';
import { damagedXz } from './xz-blocks.ts';

export interface XzThreadData {
  /** Receives an XzReply to each XzRequest, and first and after `done` and `failed` an 'unpack' that begins the next stream. */
  channel: ChannelEnd;
}

export type XzRequest =
  | { type: 'input' }
  /** At most 1 MiB. */
  | { type: 'output'; bytes: Uint8Array }
  | { type: 'done' }
  | { type: 'failed'; reason: string };

/** 'unpack' goes on, 'cancel' abandons the stream; bytes are the input, 'end' its end. */
export type XzReply = 'unpack' | 'cancel' | 'end' | Uint8Array<ArrayBuffer>;

const INPUT_SIZE = 256 << 10;
/** Milliseconds that the thread may take for one piece, or to start. */
const SILENCE_MS = 60_000;

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
  private readonly worker: Worker;
  private readonly channel: BlockingChannel<XzRequest, XzReply>;
  /** The thread's last request, until it has a reply. After `done` and `failed` the thread is idle. */
  private request: XzRequest | undefined = { type: 'done' };

  constructor() {
    const peer = { name: 'the thread that unpacks it', silenceMs: SILENCE_MS };
    ({ worker: this.worker, channel: this.channel } = startChannelThread('xz-worker', {}, peer));
    // A thread that cannot start never responds.
    this.worker.on('error', () => {});
    this.worker.unref();
  }

  *unpack(packed: Iterable<Uint8Array>): Generator<Uint8Array> {
    const pieces = inPiecesOf(packed, INPUT_SIZE);
    let request = this.reply('unpack');
    for (;;) {
      if (request.type === 'done') return;
      if (request.type === 'failed') throw damagedXz(request.reason);
      if (request.type === 'output') {
        yield request.bytes;
        request = this.reply('unpack');
      } else {
        const next = pieces.next();
        request = this.reply(next.done ? 'end' : new Uint8Array(next.value));
      }
    }
  }

  /** Abandons the rest of the stream. Returns whether the thread is ready for another. */
  comeToEnd(): boolean {
    try {
      if (this.request && !this.isAtEnd()) this.reply('cancel');
    } catch {
      return false;
    }
    return this.isAtEnd();
  }

  end(): void {
    void this.worker.terminate();
  }

  /** Returns whether it has finished a stream and not begun another. */
  private isAtEnd(): boolean {
    return this.request?.type === 'done' || this.request?.type === 'failed';
  }

  /** Returns the thread's next request. */
  private reply(reply: XzReply): XzRequest {
    this.request = undefined;
    this.channel.send(reply, typeof reply === 'string' ? [] : [reply.buffer]);
    try {
      this.request = this.channel.receive();
    } catch (error) {
      throw damagedXz((error as Error).message);
    }
    return this.request;
  }
}

function* inPiecesOf(pieces: Iterable<Uint8Array>, most: number): Generator<Uint8Array, undefined> {
  for (const piece of pieces) for (let at = 0; at < piece.length; at += most) yield piece.subarray(at, at + most);
}
