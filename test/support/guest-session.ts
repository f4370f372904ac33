/** A machine run by `bootflake run`, controlled like a user at a terminal. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Workplace } from './bootflake.ts';
import { Terminal } from './terminal.ts';

/** Asks a terminal for its size. */
const question = '\x1b[18t';

export class GuestSession {
  private readonly terminal: Terminal;
  private readonly nameFile: string;
  private errors = '';
  readonly ended: Promise<number | null>;

  /** `size` of the terminal, which it reports once, when it is first asked. */
  constructor(place: Workplace, args: string[], options: { cwd: string; size: { rows: number; columns: number } }) {
    this.nameFile = join(place.folder, 'terminal');
    this.terminal = new Terminal([process.execPath, resolve('dist/bootflake.js'), 'run', ...args], {
      cwd: options.cwd,
      environment: place.environment,
      encoding: 'latin1',
      size: options.size,
      nameFile: this.nameFile,
      onStderr: (text) => {
        this.errors += text;
      },
    });
    this.ended = this.terminal.ended;
    void this.answerQuestion(options.size);
  }

  type(text: string): void {
    this.terminal.type(text);
  }

  /** Resizes the terminal, as dragging its window would. */
  resize(rows: number, columns: number): void {
    const terminal = readFileSync(this.nameFile, 'utf8').trim();
    const { status, stderr } = spawnSync('stty', ['-F', terminal, 'rows', `${rows}`, 'cols', `${columns}`], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  /** Waits for a match and returns the output since the last one up to its end, without escape sequences. */
  async until(pattern: RegExp, seconds = 240): Promise<string> {
    const match = await this.terminal.waitFor(pattern, { seconds, hopeless: /Kernel panic - not syncing/ });
    if (match) return match.input.slice(0, match.index + match[0].length);
    throw new Error(`no ${pattern} within ${seconds} s after:\n${this.terminal.rest().slice(-3000)}${this.errors}`);
  }

  /**
   * Types a line at the prompt and returns what it prints, up to the next prompt. The echo of a line that is longer than the terminal is
   * wide comes from readline, which where the next row begins writes a space or the next letter (and a carriage return) first, or, while
   * no readline reads, from the terminal's driver, which writes it as it is.
   */
  async run(line: string, prompt: RegExp): Promise<string> {
    this.type(`${line}\n`);
    const letters = [...line].map((letter) => letter.replace(/[.*+?^${}()|[\]\\]/, '\\$&'));
    const echoed = letters.map((letter) => `(?: |${letter})?${letter}`).join('');
    const seen = await this.until(new RegExp(`${echoed} ?\\n([^]*?)${prompt.source}`));
    const { index, 0: echo } = new RegExp(`${echoed} ?\\n`).exec(seen)!;
    return seen.slice(index + echo.length).replace(new RegExp(`\\s*${prompt.source}$`), '');
  }

  /** Ends the program as ctrl-c would, and with it the machine. */
  kill(): void {
    this.terminal.kill();
  }

  private async answerQuestion({ rows, columns }: { rows: number; columns: number }): Promise<void> {
    let closed = false;
    void this.ended.then(() => {
      closed = true;
    });
    for (; !closed; await new Promise((done) => setTimeout(done, 20))) {
      if (this.terminal.raw().includes(question)) return this.type(`\x1b[8;${rows};${columns}t`);
    }
  }
}
