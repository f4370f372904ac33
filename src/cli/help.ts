/** `--help`: examples first, then the command's own options, then those that many commands share. */
import { Help, type Command } from 'commander';
import type { CommandSpec } from './command.ts';

/** The heading of options that a command shares with others; they come last in its help. */
export const sharedOptions = 'Options about flakes and evaluation:';

const helpWidth = 120;
/** Comments of longer examples follow right behind them. */
const exampleWidth = 60;

export function setCommandHelp(command: Command, spec: CommandSpec): void {
  const shared = (option: { helpGroupHeading?: string | undefined }): number => (option.helpGroupHeading === sharedOptions ? 1 : 0);
  (command.options as Command['options'][number][]).sort((a, b) => shared(a) - shared(b));
  const head = [`bootflake ${spec.name}: ${spec.summary}`, '', ...exampleLines(spec.examples), ...(spec.description ? ['', spec.description] : [])];
  command.configureHelp({ formatHelp: (cmd, helper) => withHead(head, cmd, helper) });
}

/** For the program, or a group of commands (`flake`): one example of each command. */
export function setGroupHelp(command: Command, specs: CommandSpec[]): void {
  const examples = specs.flatMap(({ examples: [first] }) => (first ? [first] : []));
  command.configureHelp({ formatHelp: (cmd, helper) => withHead(exampleLines(examples), cmd, helper) });
}

function exampleLines(examples: CommandSpec['examples']): string[] {
  const width = Math.min(exampleWidth, Math.max(...examples.map(([line]) => line.length)));
  return ['Examples:', ...examples.map(([line, what]) => `  ${line.padEnd(width)}  # ${what}`)];
}

function withHead(head: string[], command: Command, helper: Help): string {
  const plain = new Help();
  plain.helpWidth = process.stdout.isTTY ? Math.min(helper.helpWidth ?? helpWidth, helpWidth) : helpWidth;
  return `${head.join('\n')}\n\n${Help.prototype.formatHelp.call(plain, command, plain)}`;
}
