/** A program on a terminal of its own, by `script` of util-linux. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { shellQuote } from '../../src/base/shell-quote.ts';

export const scriptMissing: string | false = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')
  ? false
  : 'script of util-linux is not installed';

/** Colours, titles, and what readline does to draw a line. */
const escapes = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r/g;

interface TerminalOptions {
  cwd: string;
  environment: NodeJS.ProcessEnv;
  /** Of what is shown. Defaults to UTF-8. */
  encoding?: BufferEncoding;
  /** Defaults to 40 rows of 100 columns. */
  size?: { rows: number; columns: number };
  /** A file that receives the terminal's name. */
  nameFile?: string;
  /** Receives what the program prints past its terminal. Defaults to the test's own stderr. */
  onStderr?: (text: string) => void;
}

interface Patience {
  seconds: number;
  /** Every piece of output begins the seconds anew. */
  fromNews?: boolean;
  /** Ends the wait at once. */
  hopeless?: RegExp;
}

export class Terminal {
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcessWithoutNullStreams;
  private text = '';
  private taken = 0;
  private lastNews = performance.now();
  private isClosed = false;

  constructor(command: string[], { cwd, environment, encoding = 'utf8', size = { rows: 40, columns: 100 }, ...options }: TerminalOptions) {
    const naming = options.nameFile === undefined ? '' : `tty > '${options.nameFile}'; `;
    const line = `${naming}stty rows ${size.rows} cols ${size.columns}; exec ${shellQuote(command)}`;
    this.child = spawn('script', ['-qefc', line, '/dev/null'], { cwd, env: { ...environment, TERM: 'xterm' } });
    this.child.stdout.setEncoding(encoding).on('data', (text: string) => {
      this.text += text;
      this.lastNews = performance.now();
    });
    this.child.stderr.setEncoding('utf8').on('data', options.onStderr ?? ((text: string) => process.stderr.write(text)));
    this.ended = new Promise<number | null>((resolve) => this.child.on('close', resolve)).finally(() => {
      this.isClosed = true;
    });
  }

  /** Everything shown so far, as it came. */
  raw(): string {
    return this.text;
  }

  /** Everything shown so far, without colours and cursor movements. */
  shown(): string {
    return this.text.replace(escapes, '');
  }

  /** What is shown after what was waited for before. */
  rest(): string {
    return this.shown().slice(this.taken);
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  kill(): void {
    this.child.kill('SIGTERM');
  }

  /** Waits until a pattern is shown after what was waited for before. Returns undefined if it was not. */
  async waitFor(pattern: RegExp, { seconds, fromNews = false, hopeless }: Patience): Promise<RegExpExecArray | undefined> {
    const begun = performance.now();
    for (;;) {
      const closed = this.isClosed;
      const match = pattern.exec(this.rest());
      if (match) {
        this.taken += match.index + match[0].length;
        return match;
      }
      const since = fromNews ? Math.max(begun, this.lastNews) : begun;
      if (closed || hopeless?.test(this.rest()) || performance.now() - since > seconds * 1000) return undefined;
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** Waits until a pattern is shown after what was waited for before. Fails with what is shown after twenty seconds without news. */
  async sees(pattern: RegExp): Promise<string> {
    const match = await this.waitFor(pattern, { seconds: 20, fromNews: true });
    if (match) return match[0];
    this.kill();
    throw new Error(`${pattern} was not shown, but:\n${this.rest()}`);
  }
}
