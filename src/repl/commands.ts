/** The commands that begin with a colon, under Nix's names. */
import { BootflakeError } from '../base/errors.ts';
import { Attrs, charsOf, decodeBytes, describeType, isString, quoteName } from '../evaluator/index.ts';
import { derivationInfo, isDerivation, type DerivationInfo } from '../outputs/derivation-info.ts';
import type { ReplReply, ReplRequest } from '../session/session-types.ts';
import { documentationOf } from './doc.ts';
import { placeToEdit } from './edit.ts';
import { renderMarkdown } from './markdown.ts';
import type { ReplScope } from './scope.ts';

type LineRequest = ReplRequest & { type: 'line' };

interface ReplCommand {
  names: string[];
  argument?: string;
  /** Lines of the help. */
  help: string[];
  run(session: ReplScope, argument: string, request: LineRequest): ReplReply | void;
}

const commands: ReplCommand[] = [
  {
    names: [':a', ':add'],
    argument: '<expr>',
    help: ['Add attributes from resulting set to scope'],
    run(session, argument) {
      session.addToScope(session.evaluate(argument));
      return { changed: true };
    },
  },
  {
    names: [':b'],
    argument: '<expr>',
    help: ['Build a derivation'],
    run: (session, argument) => ({ output: built(session, argument, false) }),
  },
  {
    names: [':bl'],
    argument: '<expr>',
    help: ['Build a derivation, creating GC roots in the', 'working directory'],
    run: (session, argument) => ({ output: built(session, argument, true) }),
  },
  {
    names: [':e', ':edit'],
    argument: '<expr>',
    help: ['Open package or function in $EDITOR'],
    run: (session, argument) => ({ edit: placeToEdit(session, argument) }),
  },
  {
    names: [':l', ':load'],
    argument: '<path>',
    help: ['Load Nix expression and add it to scope'],
    run(session, argument) {
      if (argument === '') throw needsArgument(':load', 'a path');
      session.loadFile(argument);
      return { changed: true };
    },
  },
  {
    names: [':lf', ':load-flake'],
    argument: '<ref>',
    help: ['Load Nix flake and add it to scope'],
    run(session, argument) {
      if (argument === '') throw needsArgument(':load-flake', "a flake ('.' is the one here)");
      session.loadFlake(argument);
      return { changed: true };
    },
  },
  {
    names: [':ll', ':last-loaded'],
    help: ['Show most recently loaded variables added to scope'],
    run: (session) => ({
      output: session.lastLoaded
        .names()
        .map((name) => decodeBytes(quoteName(name)))
        .join('\n'),
    }),
  },
  {
    names: [':p', ':print'],
    argument: '<expr>',
    help: ['Evaluate and print expression recursively', 'Strings are printed directly, without escaping.'],
    run(session, argument, request) {
      const value = session.evaluate(argument);
      return { output: isString(value) ? decodeBytes(charsOf(value)) : session.print(value, request) };
    },
  },
  { names: [':q', ':quit'], help: ['Exit the repl'], run: () => ({ quit: true }) },
  {
    names: [':r', ':reload'],
    help: ['Reload all files'],
    run(session) {
      session.reload();
      return { changed: true };
    },
  },
  {
    names: [':t'],
    argument: '<expr>',
    help: ['Describe result of evaluation'],
    run: (session, argument) => ({ output: describeType(session.evaluate(argument)) }),
  },
  {
    names: [':doc'],
    argument: '<expr>',
    help: ['Show documentation of a function or an attribute'],
    run: (session, argument, request) => ({
      output: renderMarkdown(documentationOf(session, argument), { ...request, width: Math.min(request.width, 80) }),
    }),
  },
  {
    names: [':te', ':trace-enable', ':s'],
    argument: '[bool]',
    help: ['Enable, disable or toggle showing traces for', 'errors'],
    run(_, argument) {
      if (argument !== '' && argument !== 'true' && argument !== 'false')
        throw new BootflakeError({
          code: 'repl/bad-argument',
          message: `unexpected argument '${argument}' to :te`,
          hint: 'Use :te true, :te false, or :te to toggle it.',
        });
      return { showTrace: argument === '' ? 'toggle' : argument === 'true' };
    },
  },
  { names: [':?', ':help'], help: ['Brings up this help menu'], run: () => ({ output: helpText() }) },
];

/** Nix's commands that need features bootflake does not have. */
const unsupported: Record<string, [string, string]> = {
  ':u': ['bootflake has no nix-shell', 'build it with :b, or put it into a machine and `bootflake run` that'],
  ':sh': ['bootflake has no nix-shell', 'build it with :b'],
  ':i': ['bootflake keeps no profiles', 'build it with :b, or keep it with :bl'],
  ':log': ["bootflake's builders keep no logs", 'bootflake build -L shows them while it builds'],
  ...Object.fromEntries(
    [':c', ':continue', ':step', ':bt', ':backtrace', ':env', ':st'].map((name) => [
      name,
      ['bootflake has no debugger', ':te true shows every step of how an error came about'],
    ]),
  ),
};

export function commandNames(): string[] {
  return commands.flatMap(({ names }) => names);
}

/** Throws `repl/unknown-command` and `repl/unsupported-command`. */
export function findCommand(name: string): ReplCommand {
  const command = commands.find(({ names }) => names.includes(name));
  if (command) return command;
  const missing = unsupported[name];
  if (missing)
    throw new BootflakeError({ code: 'repl/unsupported-command', message: `${name} is not supported: ${missing[0]}`, hint: missing[1] });
  throw new BootflakeError({ code: 'repl/unknown-command', message: `unknown command '${name}'`, hint: 'Type :? to list the commands.' });
}

function needsArgument(name: string, what: string): BootflakeError {
  return new BootflakeError({ code: 'repl/missing-argument', message: `${name} requires ${what}` });
}

function helpText(): string {
  const rows: [string, string[]][] = [
    ['<expr>', ['Evaluate and print expression']],
    ['<x> = <expr>', ['Bind expression to variable']],
    ...commands.map(({ names, argument, help }): [string, string[]] => [
      `${names.slice(0, 2).join(', ')}${argument ? ` ${argument}` : ''}`,
      help,
    ]),
  ];
  const margin = ' '.repeat(31);
  return (
    'The following commands are ' +
    `available:\n\n${rows.map(([left, help]) => `  ${left.padEnd(28)} ${help.join(`\n${margin}`)}`).join('\n')}`
  );
}

function derivationFor(session: ReplScope, argument: string): DerivationInfo {
  const value = session.evaluate(argument);
  if (!isDerivation(value)) {
    throw new BootflakeError({
      code: 'repl/not-a-derivation',
      message: "expression does not evaluate to a derivation, so I can't build it",
      hint:
        'Use an expression that evaluates to a derivation: this one is ' +
        `${describeType(value)}${value instanceof Attrs ? ` with: ${value.names().slice(0, 10).map(decodeBytes).join(', ')}` : ''}`,
    });
  }
  return derivationInfo(value, argument, 'all');
}

function built(session: ReplScope, argument: string, link: boolean): string {
  const { drvPath, outputs } = derivationFor(session, argument);
  session.engine.realise(Object.keys(outputs).map((output) => `${drvPath}!${output}`));
  const lines = Object.entries(outputs).map(([output, path]) => {
    if (!link) return `  ${output} -> ${path}`;
    session.engine.store.addIndirectRoot(session.absolute(`repl-result-${output}`), path);
    return `  ./repl-result-${output} -> ${path}`;
  });
  return `\nThis derivation produced the following outputs:\n${lines.join('\n')}`;
}
