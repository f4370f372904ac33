/** The words of a command line that are for another program. */
import { BootflakeError } from '../base/errors.ts';

/** The commands whose `-c` takes all words after it. */
const takingCommands = new Set(['shell', 'develop']);

/** The words after a lone `--` are not our options, nor those after the `-c` of a shell. */
export function splitRest(argv: string[]): { words: string[]; rest: string[] } {
  if (takingCommands.has(argv[0] ?? '')) {
    const at = argv.findIndex((word) => word === '-c' || word === '--command' || word === '--');
    if (at >= 0 && argv[at] !== '--') return { words: argv.slice(0, at + 1), rest: argv.slice(at + 1) };
  }
  const at = argv.indexOf('--');
  return at < 0 ? { words: argv, rest: [] } : { words: argv.slice(0, at), rest: argv.slice(at + 1) };
}

/** Returns the command of `-c`; undefined without one. Throws `cli/no-command`, `cli/unexpected-words`. */
export function commandWords(options: Record<string, unknown>, rest: string[]): string[] | undefined {
  if (options.command !== undefined && rest.length === 0)
    throw new BootflakeError({ code: 'cli/no-command', message: '--command requires at least one argument' });
  if (options.command === undefined && rest.length > 0)
    throw new BootflakeError({
      code: 'cli/unexpected-words',
      message: `there is no use for the words after --: ${rest.join(' ')}`,
      hint: 'A command follows -c.',
    });
  return options.command === undefined ? undefined : rest;
}
