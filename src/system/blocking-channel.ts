/**
 * A channel between two threads that can wait for a message without the event loop, as evaluation, planning and unpacking are synchronous.
 *
 * Messages go through a message port, in order; the buffers of `transfer` move to the other thread instead of being copied. Each end counts
 * the messages that it has sent in a word of shared memory, and the other end waits for that word to change. A wait ends with
 *
 *     a message                      returned
 *     an error that was sent         thrown, with its code and text; the channel stays open
 *     the other thread's end         thrown: an exception that it did not catch, else that it has ended
 *     neither messages nor steps     thrown after `silenceMs`: a terminated thread, or one that cannot start, sends nothing
 *
 * There is no other limit on messages in transit than the one that a protocol sets: it waits for replies, or for buffers to come back.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort, type Transferable, type Worker } from 'node:worker_threads';
import { deserializeError, serializeError, type SerializedError } from '../base/errors.ts';
import { SharedWord, WORD_BYTES } from './shared-word.ts';
import { startThread } from './start-thread.ts';

/** An end of a channel as data, for the thread that will join it; `port` must be in the transfer list. */
export interface ChannelEnd {
  port: MessagePort;
  words: SharedArrayBuffer;
}

/** The words of a channel: messages of the end that opened it, messages of the end that joined it, steps of both. */
const WORD = { opener: 0, joined: 1, steps: 2 } as const;
const WORDS = 3;

type Envelope<Value> = { value: Value } | { error: SerializedError } | { ended: true };

interface Peer {
  /** What errors call the other thread. */
  name: string;
  /** Milliseconds that a wait may last without a message or a step of the other thread. */
  silenceMs: number;
}

export class BlockingChannel<Incoming, Outgoing> {
  private readonly sent: SharedWord;
  private readonly arrived: SharedWord;
  private readonly steps: SharedWord;
  private peerEnded = false;

  constructor(
    private readonly end: ChannelEnd,
    side: 'opener' | 'joined',
    private readonly peer: Peer,
  ) {
    this.sent = new SharedWord(end.words, WORD[side]);
    this.arrived = new SharedWord(end.words, WORD[side === 'opener' ? 'joined' : 'opener']);
    this.steps = new SharedWord(end.words, WORD.steps);
  }

  send(value: Outgoing, transfer: Transferable[] = []): void {
    this.post({ value }, transfer);
  }

  /** The other end throws the error where it receives. */
  sendError(error: unknown): void {
    this.post({ error: serializeError(error) });
  }

  /** Must be the last message. */
  sendEnd(): void {
    this.post({ ended: true });
  }

  /** Shows that this thread makes progress, without waking the other one. */
  step(): void {
    this.steps.count();
  }

  /** Waits for the next message. */
  receive(silenceMs = this.peer.silenceMs): Incoming {
    for (;;) {
      const [arrived, steps] = [this.arrived.value, this.steps.value];
      const message = this.poll();
      if (message) return message.value;
      if (this.arrived.waitWhile(arrived, silenceMs) === undefined && this.steps.value === steps) throw this.silentError();
    }
  }

  /** Returns the next message if it is there. Throws as `receive` does. */
  poll(): { value: Incoming } | undefined {
    const received = receiveMessageOnPort(this.end.port) as { message: Envelope<Incoming> } | undefined;
    if (received) return { value: this.open(received.message) };
    if (this.peerEnded) throw this.endedError();
    return undefined;
  }

  /** Sends a message and waits for its reply. */
  call(value: Outgoing): Incoming {
    this.send(value);
    return this.receive();
  }

  /** Waits for the next message while the event loop goes on. Throws as `receive` does. */
  async receiveAsync(silenceMs = this.peer.silenceMs): Promise<Incoming> {
    for (;;) {
      const steps = this.steps.value;
      const message = this.poll();
      if (message) return message.value;
      const envelope = await this.nextWithin(silenceMs);
      if (envelope) return this.open(envelope);
      if (this.steps.value === steps) throw this.silentError();
    }
  }

  /** Replies to each message with the event loop, which the channel does not keep alive. */
  serve(reply: (message: Incoming) => Promise<Outgoing>): void {
    this.end.port.on('message', (envelope: Envelope<Incoming>) => {
      if (!('value' in envelope)) return;
      reply(envelope.value).then(
        (value) => this.send(value),
        (error: unknown) => this.sendError(error),
      );
    });
    this.end.port.unref();
  }

  close(): void {
    this.end.port.close();
  }

  private post(envelope: Envelope<Outgoing>, transfer: Transferable[] = []): void {
    this.end.port.postMessage(envelope, transfer);
    this.sent.set(this.sent.value + 1);
  }

  private open(envelope: Envelope<Incoming>): Incoming {
    if ('value' in envelope) return envelope.value;
    if ('error' in envelope) throw deserializeError(envelope.error);
    this.peerEnded = true;
    throw this.endedError();
  }

  private nextWithin(milliseconds: number): Promise<Envelope<Incoming> | undefined> {
    const { port } = this.end;
    return new Promise((resolve) => {
      const timer = Number.isFinite(milliseconds) ? setTimeout(() => finish(undefined), milliseconds) : undefined;
      const finish = (envelope: Envelope<Incoming> | undefined): void => {
        clearTimeout(timer);
        port.off('message', finish);
        resolve(envelope);
      };
      port.on('message', finish);
    });
  }

  private silentError(): Error {
    return new Error(`${this.peer.name} does not respond`);
  }

  private endedError(): Error {
    return new Error(`${this.peer.name} has ended`);
  }
}

/** Returns this thread's end, and the other thread's, to be passed to it. */
export function openChannel<Incoming, Outgoing>(peer: Peer): { near: BlockingChannel<Incoming, Outgoing>; far: ChannelEnd } {
  const { port1, port2 } = new MessageChannel();
  const words = new SharedArrayBuffer(WORDS * WORD_BYTES);
  return { near: new BlockingChannel({ port: port1, words }, 'opener', peer), far: { port: port2, words } };
}

/** In a thread that was given an end: this thread's end of the channel. The other one learns when this thread ends. */
export function joinChannel<Incoming, Outgoing>(end: ChannelEnd): BlockingChannel<Incoming, Outgoing> {
  // Without a limit: the thread that opened the channel ends this one when it is not needed.
  const channel = new BlockingChannel<Incoming, Outgoing>(end, 'joined', {
    name: 'the thread that opened the channel',
    silenceMs: Infinity,
  });
  // Here `process` is the thread's, not the whole process's.
  process.once('uncaughtExceptionMonitor', (error) => channel.sendError(error));
  process.once('exit', () => channel.sendEnd());
  return channel;
}

/** Starts `src/threads/NAME.ts` with `data` and, as `channel` in it, its end of a channel. */
export function startChannelThread<Incoming, Outgoing>(
  name: string,
  data: object,
  peer: Peer,
): { worker: Worker; channel: BlockingChannel<Incoming, Outgoing> } {
  const { near, far } = openChannel<Incoming, Outgoing>(peer);
  const worker = startThread(name, { workerData: { ...data, channel: far }, transferList: [far.port] });
  return { worker, channel: near };
}
