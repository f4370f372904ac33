import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** One command of the CLI: its words, its help (examples first) and what it does. One file each under `commands/`. */
export interface CommandSpec {
  /** With the parent's name for a nested one: `flake lock`. */
  name: string;
  summary: string;
  /** As commander writes arguments: `[installable]`. */
  args?: string;
  /** Behind a lone `--`: words for another program, as the usage writes them. Without it they are arguments. */
  rest?: string;
  /** What the help shows first: a command line and what it does. */
  examples: [commandLine: string, what: string][];
  description?: string;
  /** What is said when ctrl-c has ended it, where that is not of finished and half-written work in the store. */
  interrupted?: string;
  configure(command: Command): void;
  /** Returns the exit status; undefined is 0. */
  run(terminal: Terminal, options: Record<string, unknown>, args: string[], rest: string[]): Promise<number | void>;
}
