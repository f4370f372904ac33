/** A machine run by `bootflake run`, controlled like a user at a terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { shellQuote } from '../../src/base/shell-quote.ts';
import type { Workplace } from './bootflake.ts';

const question = '\x1b[18t';
/** Colours, titles, and what readline does to draw a line. */
const escapes = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r/g;

export class GuestSession {
  private readonly child;
  private readonly terminalName: string;
  private raw = '';
  private taken = 0;
  readonly ended: Promise<number | null>;

  /** `size` of the terminal, which it reports once, when it is first asked. */
  constructor(place: Workplace, args: string[], options: { cwd: string; size: { rows: number; columns: number } }) {
    const command = [process.execPath, resolve('dist/bootflake.js'), 'run', ...args];
    this.terminalName = join(place.folder, 'terminal');
    const quoted = shellQuote(command);
    const { rows, columns } = options.size;
    const typed = ['-qefc', `tty > '${this.terminalName}'; stty rows ${rows} cols ${columns}; exec ${quoted}`, '/dev/null'];
    this.child = spawn('script', typed, {
      cwd: options.cwd,
      env: { ...place.environment, TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let isAsked = false;
    this.child.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.raw += text;
      if (isAsked || !this.raw.includes(question)) return;
      this.child.stdin.write(`\x1b[8;${rows};${columns}t`);
      isAsked = true;
    });
    let errors = '';
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    this.ended = new Promise((done) =>
      this.child.on('close', (status) => {
        this.raw += status === 0 ? '' : errors;
        done(status);
      }),
    );
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  /** Resizes the terminal, as dragging its window would. */
  resize(rows: number, columns: number): void {
    const terminal = readFileSync(this.terminalName, 'utf8').trim();
    const { status, stderr } = spawnSync('stty', ['-F', terminal, 'rows', `${rows}`, 'cols', `${columns}`], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  /** Waits for a match and returns the output since the last one up to its end, without escape sequences. */
  async until(pattern: RegExp, seconds = 240): Promise<string> {
    const deadline = performance.now() + seconds * 1000;
    for (; performance.now() < deadline; await new Promise((done) => setTimeout(done, 50))) {
      const text = this.raw.replace(escapes, '').slice(this.taken);
      const found = pattern.exec(text);
      if (!found && /Kernel panic - not syncing/.test(text)) break;
      if (!found) continue;
      const seen = text.slice(0, found.index + found[0].length);
      this.taken += seen.length;
      return seen;
    }
    throw new Error(`no ${pattern} within ${seconds} s after:\n${this.raw.replace(escapes, '').slice(this.taken).slice(-3000)}`);
  }

  /** Types a line at the prompt and returns what it prints, up to the next prompt. */
  async run(line: string, prompt: RegExp): Promise<string> {
    this.type(`${line}\n`);
    const echoed = line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const seen = await this.until(new RegExp(`${echoed}\\n([^]*?)${prompt.source}`));
    return seen.slice(seen.indexOf(line) + line.length + 1).replace(new RegExp(`\\s*${prompt.source}$`), '');
  }

  /** Ends the program as ctrl-c would, and with it the machine. */
  kill(): void {
    this.child.kill('SIGTERM');
  }
}
