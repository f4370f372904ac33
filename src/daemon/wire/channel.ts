/**
 * Bytes to and from a daemon, with a bound for everything: the memory (what was read ahead, at most two pieces of the stream), the silence
 * of the other side, and the lifetime (the caller's signal).
 */
import { monotonicMilliseconds } from '../../system/clock.ts';
import { daemonError } from '../errors.ts';
import type { Transport } from '../transport/transport.ts';

/** The first bytes that came, for the message about something that is no daemon. */
const KEPT_START = 128;
/** Bytes per second below which the other side counts as silent. */
const SLOWEST = 256;

export class Channel {
  /** Bytes that have come and were not taken. */
  private pieces: Buffer[] = [];
  private held = 0;
  private failure: { error: unknown } | undefined;
  private wake: (() => void) | undefined;
  private ended = false;
  private start = Buffer.alloc(0);
  /** Since when the other side counts as silent, and the bytes that have come since then. */
  private active = monotonicMilliseconds();
  private counted = 0;
  /** Milliseconds that the other side may be silent, or slower than 256 bytes per second; 0 for no limit. */
  silence = 0;
  /** Any byte breaks the silence: the other side works for us, and says so now and then. */
  patient = false;

  /** `whence`: the store's address, for messages. */
  constructor(
    private readonly transport: Transport,
    readonly whence: string,
  ) {
    const { input, output } = transport;
    const wake = (): void => this.wake?.();
    const end = (): void => {
      this.ended = true;
      wake();
    };
    input.on('readable', wake).on('end', end).on('close', end).on('error', end);
    output.on('drain', wake).on('error', end).on('close', end);
  }

  /** Ends the connection; reads and writes that wait throw the error. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.transport.close();
    this.wake?.();
  }

  close(): void {
    this.fail(daemonError('closed', `the connection to '${this.whence}' is closed`));
  }

  /** Whether nothing has come that was not asked for, and the other side is there. */
  isQuiet(): boolean {
    this.pull();
    return this.held === 0 && !this.ended && !this.failure;
  }

  setIdle(idle: boolean): void {
    this.transport.setIdle(idle);
  }

  /** Returns the next bytes, all of them. Throws `daemon/closed`, `daemon/silent`. */
  async bytes(length: number): Promise<Buffer> {
    while (this.held < length) await this.more();
    return this.take(length);
  }

  /** Passes the next bytes on as they come. Waits for what `take` returns. */
  async stream(length: number, take: (piece: Buffer) => void | Promise<void>): Promise<void> {
    for (let left = length; left > 0; ) {
      while (this.held === 0) await this.more();
      const piece = this.take(Math.min(left, this.pieces[0]!.length));
      left -= piece.length;
      const taken = take(piece);
      if (taken) {
        const before = monotonicMilliseconds();
        await taken;
        // What we are slow at is not its silence.
        this.active += monotonicMilliseconds() - before;
      }
      if (this.failure) throw this.failure.error;
    }
  }

  /** Sends bytes; waits when the other side is behind. Throws as `bytes` does. */
  async write(bytes: Uint8Array): Promise<void> {
    const { output } = this.transport;
    await this.check();
    this.moved();
    if (output.write(bytes)) return;
    while (output.writableNeedDrain) {
      await this.check();
      await this.change();
    }
    this.moved();
  }

  /** What came first, for messages: at most 128 bytes. */
  firstBytes(): Buffer {
    this.pull();
    return this.start;
  }

  private async more(): Promise<void> {
    if (this.failure) throw this.failure.error;
    if (this.pull()) return;
    await this.check();
    await this.change();
  }

  /** Takes what the stream has; returns whether that was anything. */
  private pull(): boolean {
    const piece = this.transport.input.read() as Buffer | null;
    if (piece === null) return false;
    this.pieces.push(piece);
    this.held += piece.length;
    this.counted += piece.length;
    if (this.patient || this.counted >= (SLOWEST * this.silence) / 1000) this.moved();
    if (this.start.length < KEPT_START) this.start = Buffer.concat([this.start, piece.subarray(0, KEPT_START)]);
    return true;
  }

  private take(length: number): Buffer {
    this.held -= length;
    const first = this.pieces[0];
    if (first && first.length > length) {
      this.pieces[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    if (first?.length === length) return this.pieces.shift()!;
    const taken: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const piece = this.pieces.shift()!;
      taken.push(piece.subarray(0, left));
      if (piece.length > left) this.pieces.unshift(piece.subarray(left));
      left -= Math.min(left, piece.length);
    }
    return Buffer.concat(taken);
  }

  private async check(): Promise<void> {
    if (this.failure) throw this.failure.error;
    if (!this.ended) return;
    const complaint = await this.transport.complaint();
    this.fail(
      daemonError('closed', `the daemon of '${this.whence}' ended the connection${complaint === '' ? '' : `: ${complaint}`}`, {
        hint: 'Its log says why: journalctl -u nix-daemon  on its machine.',
      }),
    );
    throw this.failure!.error;
  }

  /** Resolves when something has happened. More than one may wait: a reader and a writer. */
  private change(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.wake;
      let timer: NodeJS.Timeout | undefined;
      const wait = (milliseconds: number): void => {
        timer = setTimeout(() => {
          const left = this.active + this.silence - monotonicMilliseconds();
          if (left > 0) wait(left);
          else this.fail(this.silent());
        }, Math.ceil(milliseconds));
      };
      if (this.silence > 0) wait(Math.max(0, this.active + this.silence - monotonicMilliseconds()));
      this.wake = () => {
        this.wake = undefined;
        clearTimeout(timer);
        before?.();
        resolve();
      };
    });
  }

  private moved(): void {
    this.active = monotonicMilliseconds();
    this.counted = 0;
  }

  private silent(): Error {
    return daemonError('silent', `the daemon of '${this.whence}' has sent nothing, or next to nothing, for ${this.silence / 1000} s`, {
      hint: 'Is its machine overloaded or its network down? The setting stalled-download-timeout allows more.',
    });
  }
}
