/** The body of a response on a stream of HTTP/2, and the end of its request. */
import { constants, type ClientHttp2Stream } from 'node:http2';
import { HttpFault } from '../http-errors.ts';
import { MOST_DUMPED, type ReplyBody } from '../http-exchange.ts';

/** Bytes held before the stream is paused. What is on the way then still arrives: at most the stream's window. */
const MOST_HELD = 64 << 10;

export class StreamBody implements ReplyBody {
  private readonly held: Uint8Array[] = [];
  private heldBytes = 0;
  /** The server has ended the stream as it should, not merely closed it. */
  private whole = false;
  private closed = false;
  private failure: { error: unknown } | undefined;
  private wake: (() => void) | undefined;

  /** `onBytes` is called for each piece that comes; `onWhole` after the last; `onStall` when none comes in time. */
  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly timeout: number,
    private readonly onBytes: (count: number) => void,
    private readonly onWhole: () => void,
    private readonly onStall: () => void,
  ) {
    this.watch();
    // It flows while its body is read.
    stream.pause();
    stream.on('data', (piece: Uint8Array) => {
      this.held.push(piece);
      this.heldBytes += piece.length;
      if (this.heldBytes >= MOST_HELD) stream.pause();
      this.wake?.();
    });
    stream.on('end', () => this.wake?.());
    stream.on('error', (error) => this.note(error));
    stream.once('close', () => {
      this.closed = true;
      this.wake?.();
    });
  }

  /** Ends the request; reading its body throws `error`. */
  fail(error: unknown): void {
    this.note(error);
    this.stream.close(constants.NGHTTP2_CANCEL);
    this.stream.destroy();
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    const timer = setTimeout(() => {
      if (!this.wake) return;
      this.onStall();
      this.fail(new HttpFault('timeout', 'the transfer stood still for too long', true));
    }, this.timeout);
    try {
      for (;;) {
        const piece = this.held.shift();
        if (piece) {
          this.heldBytes -= piece.length;
          yield piece;
        } else if (this.failure) {
          throw this.failure.error;
        } else if (this.whole && (this.stream.readableEnded || this.stream.readableLength === 0)) {
          return;
        } else if (this.closed) {
          throw new Error(`the server ended the stream${codeName(this.stream.rstCode)}`);
        } else {
          timer.refresh();
          await this.change();
        }
      }
    } finally {
      clearTimeout(timer);
      this.discard();
    }
  }

  async dump(): Promise<void> {
    let left = MOST_DUMPED;
    const timer = setTimeout(() => this.discard(), this.timeout);
    try {
      for await (const piece of this) if ((left -= piece.length) < 0) break;
    } catch {
      // Its bytes are not wanted.
    } finally {
      clearTimeout(timer);
    }
  }

  discard(): void {
    this.held.length = 0;
    if (this.whole && this.stream.readableLength === 0) {
      // The stream closes by itself at its end, which it reports while it flows.
      this.stream.resume();
      return;
    }
    this.fail(new Error('the rest is not wanted'));
  }

  /**
   * Notes what comes when it comes, also while the stream is paused. Node reports the end of a stream in the same way when the server has
   * sent END_STREAM (RFC 9113 section 8.1) and when it has merely reset the stream with NO_ERROR. Only in the first case is the stream not
   * closed yet.
   */
  private watch(): void {
    const { stream } = this;
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk instanceof Uint8Array) {
        this.onBytes(chunk.length);
      } else if (chunk === null && !stream.closed && !stream.destroyed && !this.whole) {
        this.whole = true;
        this.onWhole();
      }
      return push(chunk, encoding);
    };
  }

  private note(error: unknown): void {
    this.failure ??= { error };
    this.wake?.();
  }

  /** Waits for a piece, the end or a failure. */
  private async change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.stream.resume();
    });
    this.wake = undefined;
  }
}

function codeName(code: number | undefined): string {
  if (!code) return '';
  const [name] = Object.entries(constants).find(([key, value]) => value === code && /^NGHTTP2_[A-Z_0-9]+$/.test(key) && isCode(key)) ?? [];
  return ` (${name?.slice('NGHTTP2_'.length) ?? code})`;
}

/** The constants of streams' ends, among those of frames, flags and settings (RFC 9113 section 7). */
function isCode(key: string): boolean {
  return /_ERROR$|_TIMEOUT$|_CLOSED$|REFUSED_STREAM|CANCEL|ENHANCE_YOUR_CALM|INADEQUATE_SECURITY|HTTP_1_1_REQUIRED/.test(key);
}
