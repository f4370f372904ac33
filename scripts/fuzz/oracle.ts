/** Real Nix as the reference: one `nix repl` imports file after file at about a millisecond each, where a process takes thirty. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Outcome, Side } from './outcome.ts';

const features = ['nix-command', 'flakes', 'fetch-tree', 'pipe-operators'].join(' ');
/** How long one batch may take, in ms. */
const patience = 12_000;

/** A folder's files as `nix repl` sees them. The store is a folder next to them: one in memory would forget what derivations refer to. */
export class NixOracle implements Side {
  constructor(
    private readonly nix: string,
    private readonly folder: string,
  ) {}

  async evaluate(files: readonly string[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    while (outcomes.length < files.length) {
      const rest = files.slice(outcomes.length);
      const printed = await this.repl(rest);
      const replies = split(printed, rest.length);
      // The reply to an expression that ends the repl or takes too long comes last and is incomplete.
      outcomes.push(...replies.complete);
      if (replies.complete.length < rest.length) outcomes.push({ kind: 'lost', text: replies.last.trim().slice(-200) });
    }
    return outcomes;
  }

  close(): void {}

  private repl(files: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      // Errors and replies are written to two streams; only a single pipe keeps their order.
      const child = spawn(
        '/bin/sh',
        [
          '-c',
          'exec "$0" "$@" 2>&1',
          this.nix,
          'repl',
          '--extra-experimental-features',
          features,
          '--store',
          join(this.folder, 'store'),
          '--option',
          'fsync-metadata',
          'false',
          '--option',
          'substituters',
          '',
          '--option',
          'max-call-depth',
          '4000',
        ],
        {
          cwd: this.folder,
          env: { ...process.env, NO_COLOR: '1', TERM: 'dumb', NIX_PATH: '', HOME: this.folder },
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
      child.stdin.on('error', () => {});
      const timer = setTimeout(() => child.kill('SIGKILL'), patience);
      child.once('error', reject);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(printed.replace(/\x1b\[[0-9;]*m/g, ''));
      });
      child.stdin.end(files.map((file) => `:p import ./${file}\n`).join(''));
    });
  }
}

function split(printed: string, count: number): { complete: Outcome[]; last: string } {
  // The prompt precedes each command and appears once more at the end.
  const replies = printed.split(/^nix-repl> /m).slice(1);
  const complete = replies.slice(0, -1).map((reply) => outcomeOf(reply.slice(reply.indexOf('\n') + 1)));
  return { complete: complete.slice(0, count), last: replies.at(-1) ?? printed };
}

function outcomeOf(reply: string): Outcome {
  const value = /\(value\) (.*) \(end\)/s.exec(reply);
  return value ? { kind: 'value', text: value[1]! } : { kind: 'error', text: innermostError(reply) };
}

/** The message after the last `error:` of a trace, up to its position, on one line. */
export function innermostError(trace: string): string {
  const blocks = trace.split(/^ *error:/m);
  const lines: string[] = [];
  for (const line of blocks.at(-1)!.split('\n')) {
    if (/^\s+(at .*:\d+:\d+:|at «none»|\(stack trace truncated)/.test(line) || /^\s+… /.test(line)) break;
    lines.push(line.trim());
  }
  return lines
    .join(' ')
    .replace(/\r/g, '')
    .replace(/\s+/g, ' ')
    .replace(/ Did you mean .*\?$/, '')
    .replace(/ Try '[^']*nix-instantiate --help' for more information\.\s*$/, '')
    .trim();
}
