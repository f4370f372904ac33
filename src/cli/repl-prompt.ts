/** The repl's prompt: lines, history, completion, ctrl-c and ctrl-d. Through a pipe only the results are printed. */
import { hasControls } from '../base/control-characters.ts';
import { createInterface, type Interface } from 'node:readline';
import type { Repl, ReplReply, ReplStart } from '../api/repl.ts';
import { editFile } from './editor.ts';
import { appendHistory, readHistory } from './history-file.ts';
import { version } from '../base/version.ts';
import { standardOutput } from './output.ts';
import type { Terminal } from './terminal.ts';

const prompt = 'nix-repl> ';
const continuation = '        > ';
/** The maximum number of completions listed. */
const mostCompletions = 200;

interface PromptOptions {
  start: ReplStart;
  showTrace: boolean;
}

/** Runs until `:q` or the end of the input; returns the exit status. */
export async function runReplPrompt(repl: Repl, terminal: Terminal, options: PromptOptions): Promise<number> {
  const interactive = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  return new ReplPrompt(repl, terminal, options, interactive).run();
}

class ReplPrompt {
  private readonly lines: Interface;
  private readonly queue: string[] = [];
  private wake = () => {};
  private ended = false;
  private busy = false;
  private pending = '';
  private failed = false;
  private showTrace: boolean;

  constructor(
    private readonly repl: Repl,
    private readonly terminal: Terminal,
    private readonly options: PromptOptions,
    private readonly interactive: boolean,
  ) {
    this.showTrace = options.showTrace;
    this.lines = createInterface({
      input: process.stdin,
      terminal: interactive,
      ...(interactive && {
        output: process.stdout,
        history: readHistory().filter((line) => !hasControls(line)),
        removeHistoryDuplicates: true,
        historySize: 1000,
        completer: (text: string, done: (error: null, result: [string[], string]) => void) =>
          void this.complete(text).then((result) => done(null, result)),
      }),
    });
    this.lines.on('line', (line) => {
      this.queue.push(line);
      this.wake();
    });
    this.lines.on('close', () => {
      this.ended = true;
      this.wake();
    });
    // In raw mode ctrl-c is a key.
    this.lines.on('SIGINT', () => this.interrupt());
    terminal.signal.addEventListener('abort', () => this.lines.close(), { once: true });
  }

  async run(): Promise<number> {
    if (this.interactive) standardOutput.text(`bootflake ${version}\nType :? for help.\n`);
    await this.guarded(() => this.repl.start(this.options.start));
    // A script cannot continue without its variables.
    if (this.failed && !this.interactive) {
      this.lines.close();
      return 1;
    }
    for (let line = await this.next(); line !== undefined; line = await this.next()) {
      if (this.interactive) appendHistory(line);
      const reply = await this.guarded(() => this.handle(line as string));
      if (reply?.quit) break;
      if (this.interactive && !reply?.incomplete) standardOutput.text('\n');
    }
    if (this.pending.trim() !== '') await this.guarded(() => this.handle(undefined));
    this.lines.close();
    return this.failed && !this.interactive ? 1 : 0;
  }

  /** Reads the next line; returns undefined at the end of the input. */
  private async next(): Promise<string | undefined> {
    if (this.interactive && this.queue.length === 0 && !this.ended) {
      this.lines.setPrompt(this.pending === '' ? prompt : continuation);
      this.lines.prompt();
    }
    while (this.queue.length === 0 && !this.ended)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    const line = this.queue.shift();
    if (line === undefined && this.interactive) standardOutput.text('\n');
    return line;
  }

  /** A line, or undefined: no more will come. */
  private async handle(line: string | undefined): Promise<ReplReply> {
    const text = line === undefined ? this.pending : this.pending === '' ? line : `${this.pending}\n${line}`;
    this.pending = '';
    const reply = await this.repl.line({
      text,
      final: line === undefined,
      colour: this.interactive && standardOutput.colours,
      width: standardOutput.columns ?? 80,
    });
    this.terminal.log.clear();
    if (reply.incomplete) this.pending = text;
    if (reply.output !== undefined) this.terminal.print(reply.output);
    if (reply.showTrace !== undefined) {
      this.showTrace = reply.showTrace === 'toggle' ? !this.showTrace : reply.showTrace;
      this.terminal.print(this.showTrace ? 'showing error traces' : 'not showing error traces');
    }
    if (reply.edit) {
      await editFile(reply.edit, this.lines);
      return this.handle(':r');
    }
    return reply;
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.busy = true;
    try {
      return await work();
    } catch (error) {
      // A signal ends it all.
      if (this.terminal.signal.aborted) throw error;
      this.failed = true;
      this.terminal.error(error, { showTrace: this.showTrace });
      return undefined;
    } finally {
      this.busy = false;
    }
  }

  private interrupt(): void {
    if (this.busy) return this.repl.interrupt();
    this.pending = '';
    this.lines.write(null, { ctrl: true, name: 'e' });
    this.lines.write(null, { ctrl: true, name: 'u' });
    standardOutput.text('^C\n');
    this.lines.setPrompt(prompt);
    this.lines.prompt();
  }

  private async complete(text: string): Promise<[string[], string]> {
    if (this.busy) return [[], text];
    this.busy = true;
    try {
      const { replaced, completions: all } = await this.repl.complete(text);
      // readline shows them as they are.
      const completions = all.filter((completion) => !hasControls(completion) && !completion.includes('\n'));
      if (completions.length <= mostCompletions || commonPrefix(completions).length > replaced.length) return [completions, replaced];
      standardOutput.text(`\n${completions.length} possibilities; type more of it\n`);
      this.lines.prompt(true);
      return [[], text];
    } catch {
      return [[], text];
    } finally {
      this.busy = false;
    }
  }
}

function commonPrefix(words: string[]): string {
  return words.reduce((prefix, word) => {
    let length = 0;
    while (length < prefix.length && prefix[length] === word[length]) length += 1;
    return prefix.slice(0, length);
  });
}
