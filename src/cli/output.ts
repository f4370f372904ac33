/**
 * Standard output and standard error. Nothing else writes to them, so that no text of others reaches a terminal as it is
 * (base/control-characters.ts). What a terminal would obey is made visible; colours stay on a terminal and are left out elsewhere, as Nix does.
 * A result that goes to a file or a pipe is exact.
 */
import { completeLength, visibleLine, visibleWithColours } from '../base/control-characters.ts';
import { BootflakeError } from '../base/errors.ts';

/** What an output that can no longer be written leads to: the exit status, and words, but where the reader has simply gone (`| head`). */
export interface OutputFault {
  status: number;
  error?: BootflakeError;
}

/** As a shell has it for a program that SIGPIPE ended; Node ignores that signal. */
const endedBySigpipe = 128 + 13;

export class Output {
  private opened: NodeJS.WriteStream | undefined;
  private fault: OutputFault | undefined;
  private readonly decoder = new TextDecoder();
  /** Of bytes that come in pieces: the beginning of a colour, whose end is still to come. */
  private begun = '';
  private onFault: (fault: OutputFault) => void = () => {};

  constructor(private readonly name: 'stdout' | 'stderr') {}

  get isTerminal(): boolean {
    return Boolean(process[this.name].isTTY);
  }

  /** Of the terminal; undefined when there is none. */
  get columns(): number | undefined {
    return process[this.name].columns as number | undefined;
  }

  /** A terminal that shows colours, for a user who wants them. */
  get colours(): boolean {
    return this.isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  }

  /** Text that is read by people. */
  text(text: string): void {
    this.write(visibleWithColours(text, this.colours));
  }

  /** A result, as it is where it goes to a program or a file. Bytes may come in pieces. */
  data(data: string | Uint8Array): void {
    if (!this.isTerminal) this.write(data);
    else if (typeof data === 'string') this.text(data);
    else this.piece(this.decoder.decode(data, { stream: true }));
  }

  private endData(): void {
    if (!this.isTerminal) return;
    const rest = this.begun + this.decoder.decode();
    this.begun = '';
    if (rest !== '') this.text(rest);
  }

  /** Draws a line at the cursor's place, over what was drawn there; '' removes it. */
  draw(line: string): void {
    this.write(`\r\x1b[K${visibleLine(line)}`);
  }

  /** Of the terminal. */
  size(): { rows: number; columns: number } | undefined {
    const { rows, columns } = process[this.name] as { rows?: number; columns?: number };
    return rows && columns ? { rows, columns } : undefined;
  }

  /** Calls `listener` whenever the terminal's size has changed, until the answer is called. */
  onResize(listener: () => void): () => void {
    const stream = process[this.name];
    stream.on('resize', listener);
    return () => void stream.off('resize', listener);
  }

  /** The console of a guest, whose terminal this is. False: wait for `written` before more. */
  raw(bytes: Uint8Array): boolean {
    return this.write(bytes);
  }

  /** Resolves when all is written, or cannot be. */
  async written(): Promise<void> {
    this.endData();
    const { opened } = this;
    if (opened && this.fault === undefined) await new Promise<void>((done) => void opened.write('', () => done()));
    // The fault of a write comes a moment after its end.
    await new Promise(setImmediate);
  }

  /** Calls `tell` with the first fault of writing. What is written afterwards is dropped. */
  whenBroken(tell: (fault: OutputFault) => void): void {
    this.onFault = tell;
  }

  private piece(text: string): void {
    const joined = this.begun + text;
    const length = completeLength(joined);
    this.begun = joined.slice(length);
    if (length > 0) this.text(joined.slice(0, length));
  }

  private write(data: string | Uint8Array): boolean {
    this.opened ??= this.open();
    return this.fault !== undefined || this.opened.write(data);
  }

  private open(): NodeJS.WriteStream {
    const stream = process[this.name];
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.fault !== undefined) return;
      this.fault = faultOf(this.name, error);
      this.onFault(this.fault);
    });
    return stream;
  }
}

function faultOf(name: 'stdout' | 'stderr', error: NodeJS.ErrnoException): OutputFault {
  // EIO: the terminal was closed.
  if (['EPIPE', 'ECONNRESET', 'EIO'].includes(error.code ?? '')) return { status: endedBySigpipe };
  const what = name === 'stdout' ? 'standard output' : 'standard error';
  return {
    status: 1,
    error: new BootflakeError({ code: 'cli/unwritable-output', message: `${what} cannot be written: ${error.message}`, cause: error }),
  };
}

export const standardOutput = new Output('stdout');
export const errorOutput = new Output('stderr');
