import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** One command of the CLI: its words, its help (examples first) and what it does. One file each under `commands/`. */
export interface CommandSpec {
  /** With the parent's name for a nested one: `flake lock`. */
  name: string;
  summary: string;
  /** In commander's syntax: `[installable]`. */
  args?: string;
  /** The words after a lone `--` for another program, as shown in the usage. Without it they are arguments. */
  rest?: string;
  /** The examples at the top of the help: a command line and its effect. */
  examples: [commandLine: string, what: string][];
  description?: string;
  /** The message after ctrl-c, if not the default one about finished work in the store. */
  interrupted?: string;
  configure(command: Command): void;
  /** Returns the exit status; undefined is 0. */
  run(terminal: Terminal, options: Record<string, unknown>, args: string[], rest: string[]): Promise<number | void>;
}
