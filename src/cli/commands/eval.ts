import { BootflakeError } from '../../base/errors.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { standardOutput } from '../output.ts';
import { addArgumentOptions, addFlakeOptions, readArguments, readFlakeOptions } from '../options.ts';

export const evaluate: CommandSpec = {
  name: 'eval',
  summary: 'evaluate a Nix expression or an attribute of a flake',
  args: '[installable]',
  examples: [
    ['bootflake eval .#nixosConfigurations.build-qcow2.config.networking.hostName', 'an option of a configuration'],
    ['bootflake eval --json .#nixosConfigurations --apply builtins.attrNames', 'the result of a function, as JSON'],
    ["bootflake eval --expr '1 + 2'", 'an expression'],
    ['bootflake eval --file ./default.nix version --raw', 'an attribute of a file, as plain text'],
    ["bootflake eval --impure -I nixpkgs=flake:debian/trixie --expr '<nixpkgs>'", 'a name of the search path'],
    ['bootflake eval --write-to ./out --expr \'{ foo = "bar"; subdir.bla = "123"; }\'', 'a folder of files'],
  ],
  description:
    'Without --file or --expr the installable is FLAKE#ATTRIBUTE; with one of them it is an attribute path in that value.\n' +
    'A file can read all other files; a flake or an expression only what is locked, unless --impure is given.',
  configure(command) {
    addArgumentOptions(addFlakeOptions(command))
      .option('--expr <expression>', 'evaluate this expression')
      .option('-f, --file <path>', 'evaluate this file; <NAME> is looked for in the search path, - is standard input')
      .option('--apply <function>', 'apply this function to the value')
      .option('--json', 'print the value as JSON')
      .option('--pretty', 'indent the JSON (default: when it goes to a terminal)')
      .option('--no-pretty', 'print the JSON in one line')
      .option('--raw', 'print a string without quotes')
      .option('--strict', 'force all of the value, and print as nix-instantiate --eval --strict does')
      .option('--write-to <path>', 'write the string, or set of strings, to files')
      .option('--read-only', 'do not write derivations into the store');
  },
  async run(terminal, options, args) {
    refuseBoth(options, 'json', 'raw');
    refuseBoth(options, 'json', 'strict');
    refuseBoth(options, 'raw', 'strict');
    refuseBoth(options, 'file', 'expr');
    const { evaluateExpression } = await import('../../api/pipeline.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const text = await evaluateExpression(context, {
      installable: args[0],
      expr: options.expr as string | undefined,
      file: options.file as string | undefined,
      apply: options.apply as string | undefined,
      args: readArguments(options),
      format: options.json ? 'json' : options.raw ? 'raw' : options.strict ? 'strict' : 'nix',
      pretty: typeof options.pretty === 'boolean' ? options.pretty : standardOutput.isTerminal,
      writeTo: options.writeTo as string | undefined,
    });
    if (options.writeTo !== undefined) return;
    if (options.raw) terminal.data(text);
    else terminal.print(text);
  },
};

function refuseBoth(options: Record<string, unknown>, one: string, other: string): void {
  if (options[one] && options[other])
    throw new BootflakeError({ code: 'cli/exclusive-options', message: `--${one} and --${other} are mutually exclusive` });
}
