/** A guest's serial console as a program uses it: wait for text, write text. */
import type { Duplex } from 'node:stream';
import { BootflakeError } from '../base/errors.ts';
import { monotonicMilliseconds } from '../system/clock.ts';

export interface WaitOptions {
  /** What is expected, for the error: "a login prompt". */
  purpose: string;
  /** Milliseconds. */
  timeout: number;
  signal?: AbortSignal | undefined;
}

const keptForErrors = 4000;
const keptForMatching = 1 << 20;

export class SerialConsole {
  /** Received text that was not yet matched. */
  private unread = '';
  private recent = '';
  private ended: string | undefined;
  private readonly wakers = new Set<() => void>();

  /** `onText` receives all text as it arrives. */
  constructor(
    private readonly socket: Duplex,
    onText: (text: string) => void = () => {},
  ) {
    // One character per byte: a guest's output need not be UTF-8, and a pattern must not see half a character.
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.unread = (this.unread + text).slice(-keptForMatching);
      this.recent = (this.recent + text).slice(-keptForErrors);
      onText(text);
      this.wake();
    });
  }

  /** The machine has ended: all pending waits throw this. */
  end(why: string): void {
    this.ended ??= why;
    this.wake();
  }

  /** Bytes as Latin-1 text. */
  write(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** Drops received text that was not matched. */
  drain(): string {
    const text = this.unread;
    this.unread = '';
    return text;
  }

  /**
   * Waits until the received text matches, drops everything up to the match's end, and returns the match. Escape sequences are not removed.
   * Throws `vm/timeout`, `vm/ended`.
   */
  async waitFor(pattern: RegExp, options: WaitOptions): Promise<RegExpExecArray> {
    const deadline = monotonicMilliseconds() + options.timeout;
    for (;;) {
      options.signal?.throwIfAborted();
      const match = pattern.exec(this.unread);
      if (match) {
        this.unread = this.unread.slice(match.index + match[0].length);
        return match;
      }
      if (this.ended !== undefined) throw this.failure('vm/ended', `${this.ended} while waiting for ${options.purpose}`);
      const left = deadline - monotonicMilliseconds();
      if (left <= 0) throw this.failure('vm/timeout', `${options.purpose} did not appear within ${Math.round(options.timeout / 1000)} s`);
      await this.more(left, options.signal);
    }
  }

  /** The last lines received, made readable: as many as fill so many lines of 76 columns. */
  tail(lines = 12): string {
    // What is kept may begin within a character: its other bytes are 10xxxxxx.
    const text = Buffer.from(this.recent.replace(/^[\x80-\xbf]{1,3}/, ''), 'latin1').toString('utf8');
    const shown = readable(text)
      .split('\n')
      .map((line) => (line.length > 200 ? `${line.slice(0, 200)}...` : line));
    let left = lines;
    const first = shown.findLastIndex((line) => (left -= Math.max(1, Math.ceil(line.length / 76))) < 0);
    return shown.slice(first + 1).join('\n');
  }

  failure(code: string, message: string, hint?: string): BootflakeError {
    const tail = this.tail();
    return new BootflakeError({
      code,
      message:
        message + (tail.trim() === '' ? '; the console showed nothing' : `; the console's last lines:\n${tail.replace(/^/gm, '  | ')}`),
      ...(hint && { hint }),
    });
  }

  private more(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakers.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.wakers.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  private wake(): void {
    for (const waker of [...this.wakers]) waker();
  }
}

/** Console text without escape sequences, carriage returns and other control characters. */
export function readable(text: string): string {
  return text
    .replace(/\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_a-z])/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
    .replace(/\n{2,}/g, '\n')
    .trimEnd();
}
