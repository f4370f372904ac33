/**
 * `--help`: examples first, then the command's own options; shared options are only named, as they would push the rest off the screen.
 * `--help-all` explains them too.
 */
import type { Help, Command, Option } from 'commander';
import { columns, wrapped } from './columns.ts';
import type { CommandSpec } from './command.ts';
import { standardOutput } from './output.ts';

/** Headings of options that a command shares with others; they come last in its help, in this order. */
export const flakeOptions = 'Options about flakes and evaluation:';
export const commonOptions = 'Options of every command:';
const shared = [flakeOptions, commonOptions];

/** Lines of a wider terminal are harder to read. */
const mostColumns = 110;
const withoutTerminal = 80;

interface HelpOptions {
  /** Explains the shared options, too. */
  all: boolean;
}

export function setCommandHelp(command: Command, spec: CommandSpec, options: HelpOptions = { all: false }): void {
  command.configureHelp({
    formatHelp: (cmd, helper) => {
      const width = helpWidth();
      return text([
        wrapped(`bootflake ${spec.name}: ${spec.summary}`, width),
        exampleLines(spec.examples, width),
        spec.description ? wrapped(spec.description, width) : [],
        [`Usage: ${helper.commandUsage(cmd)}${spec.rest ? ` ${spec.rest}` : ''}`],
        ...optionLines(cmd, helper, width, options),
      ]);
    },
  });
}

/** For the program, or a group of commands (`flake`): one example of each command. */
export function setGroupHelp(command: Command, specs: CommandSpec[]): void {
  const examples = specs.flatMap(({ examples: [first] }) => (first ? [first] : []));
  command.configureHelp({
    formatHelp: (cmd, helper) => {
      const width = helpWidth();
      const commands = helper
        .visibleCommands(cmd)
        .map((sub): [string, string] => [helper.subcommandTerm(sub).replace(' [options]', ''), helper.subcommandDescription(sub)]);
      return text([
        wrapped(cmd.description(), width),
        exampleLines(examples, width),
        [`Usage: ${helper.commandUsage(cmd)}`],
        ['Commands:', ...columns(commands, { width, indent: 2, mostFirst: 34 })],
        ...optionLines(cmd, helper, width, { all: true }),
      ]);
    },
  });
}

function helpWidth(): number {
  return Math.min(standardOutput.columns ?? withoutTerminal, mostColumns);
}

function text(parts: string[][]): string {
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function exampleLines(examples: CommandSpec['examples'], width: number): string[] {
  return examples.length === 0
    ? []
    : ['Examples:', ...columns(examples, { width, indent: 2, mark: '# ', mostFirst: Math.floor(width / 2) + 6 })];
}

function optionLines(command: Command, helper: Help, width: number, { all }: HelpOptions): string[][] {
  const groups = new Map<string, Option[]>([['Options:', []], ...shared.map((heading): [string, Option[]] => [heading, []])]);
  for (const option of helper.visibleOptions(command)) groups.get(option.helpGroupHeading ?? 'Options:')?.push(option);
  return [...groups]
    .filter(([, options]) => options.length > 0)
    .map(([heading, options]) => {
      const rows = options.map((option): [string, string] => [option.flags, helper.optionDescription(option)]);
      if (all || !shared.includes(heading)) return [heading, ...columns(rows, { width, indent: 2, mostFirst: 32 })];
      const names = options.map(({ long, short }) => long ?? short ?? '').join(', ');
      const more = heading === commonOptions ? ' (--help-all explains all of them)' : '';
      return wrapped(`${heading} ${names}${more}`, width - 2).map((line, i) => (i === 0 ? line : `  ${line}`));
    });
}
