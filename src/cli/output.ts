/**
 * Standard output and standard error. All output goes through here, so that no foreign text reaches a terminal unfiltered
 * (base/control-characters.ts). Control characters are made visible; colours are kept on a terminal and removed elsewhere, as in Nix. A
 * result that goes to a file or a pipe is unchanged.
 */
import { fstatSync, writeSync } from 'node:fs';
import { completeLength, visibleLine, visibleWithColours } from '../base/control-characters.ts';
import { BootflakeError } from '../base/errors.ts';

/** The consequences of an unwritable output: the exit status, and a message unless the reader has closed the pipe (`| head`). */
export interface OutputFault {
  status: number;
  error?: BootflakeError;
}

/** The shell's status for a program ended by SIGPIPE, which Node ignores. */
const endedBySigpipe = 128 + 13;

export class Output {
  private opened: NodeJS.WriteStream | undefined;
  private fault: OutputFault | undefined;
  private readonly decoder = new TextDecoder();
  /** The start of a colour sequence whose end has not arrived yet. */
  private begun = '';
  private onFault: (fault: OutputFault) => void = () => {};
  private takesAll: boolean | undefined;
  private readonly descriptor: number;

  constructor(private readonly name: 'stdout' | 'stderr') {
    this.descriptor = name === 'stdout' ? 1 : 2;
  }

  get isTerminal(): boolean {
    return Boolean(process[this.name].isTTY);
  }

  /** Of the terminal; undefined when there is none. */
  get columns(): number | undefined {
    return process[this.name].columns as number | undefined;
  }

  /** A terminal with colours enabled. */
  get colours(): boolean {
    return this.isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  }

  /** Writes text for users. */
  text(text: string): void {
    this.write(visibleWithColours(text, this.colours));
  }

  /** Writes a result, unchanged if it goes to a program or a file. Bytes may come in pieces. */
  data(data: string | Uint8Array): void {
    if (!this.isTerminal) this.write(data);
    else if (typeof data === 'string') this.text(data);
    else this.piece(this.decoder.decode(data, { stream: true }));
  }

  /** The same for bytes that the caller may overwrite as soon as this resolves, or has returned: they are written then, or cannot be. */
  wholly(bytes: Uint8Array): Promise<void> | undefined {
    const stream = (this.opened ??= this.open());
    if (this.fault !== undefined) return undefined;
    let rest: Uint8Array | string = bytes;
    if (this.isTerminal) {
      this.data(bytes);
      rest = '';
    } else if (this.isFile && stream.writableLength === 0) {
      rest = this.writeNow(bytes);
      if (rest.length === 0) return undefined;
    }
    return new Promise((done) => void stream.write(rest, () => done()));
  }

  /** A file or a device other than a terminal, which takes all that it is given at once. */
  private get isFile(): boolean {
    if (this.takesAll === undefined) {
      const facts = fstatSync(this.descriptor);
      this.takesAll = facts.isFile() || facts.isCharacterDevice();
    }
    return this.takesAll;
  }

  /** Returns what could not be written. */
  private writeNow(bytes: Uint8Array): Uint8Array {
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.descriptor, bytes, done);
    } catch {
      // The stream, which gets the rest, meets the same error and reports it.
    }
    return bytes.subarray(done);
  }

  private endData(): void {
    if (!this.isTerminal) return;
    const rest = this.begun + this.decoder.decode();
    this.begun = '';
    if (rest !== '') this.text(rest);
  }

  /** Draws a line at the cursor, replacing the previous one; '' removes it. */
  draw(line: string): void {
    this.write(`\r\x1b[K${visibleLine(line)}`);
  }

  /** Draws lines in place of the `before` last ones; the cursor is below them. */
  redraw(lines: readonly string[], before: number): void {
    const up = before > 0 ? `\x1b[${before}A` : '';
    this.write(`\r${up}\x1b[J${lines.map((text) => `${visibleLine(text)}\n`).join('')}`);
  }

  /** Of the terminal. */
  size(): { rows: number; columns: number } | undefined {
    const { rows, columns } = process[this.name] as { rows?: number; columns?: number };
    return rows && columns ? { rows, columns } : undefined;
  }

  /** Calls `listener` whenever the terminal's size changes. Returns a function that ends this. */
  onResize(listener: () => void): () => void {
    const stream = process[this.name];
    stream.on('resize', listener);
    return () => void stream.off('resize', listener);
  }

  /** Writes the console of a guest unchanged. Returns false when `written` must be awaited before more. */
  raw(bytes: Uint8Array): boolean {
    return this.write(bytes);
  }

  /** Resolves when everything is written or cannot be. */
  async written(): Promise<void> {
    this.endData();
    const { opened } = this;
    if (opened && this.fault === undefined) await new Promise<void>((done) => void opened.write('', () => done()));
    // The error of a write is reported a moment after its end.
    await new Promise(setImmediate);
  }

  /** Calls `report` with the first write error. Later output is dropped. */
  whenBroken(report: (fault: OutputFault) => void): void {
    this.onFault = report;
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
