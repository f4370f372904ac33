import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';

export const evaluate: CommandSpec = {
  name: 'eval',
  summary: 'evaluate a Nix expression or an attribute of a flake',
  args: '[installable]',
  examples: [
    ["bootflake eval .#nixosConfigurations.build-qcow2.config.networking.hostName", 'an option of a configuration'],
    ['bootflake eval --json .#nixosConfigurations.build-qcow2.config.environment.systemPackages --apply "map (p: p.name)"', 'a list, as JSON'],
    ["bootflake eval --expr '1 + 2'", 'an expression'],
    ['bootflake eval --file ./default.nix version --raw', 'an attribute of a file, as plain text'],
  ],
  configure(command) {
    addFlakeOptions(command)
      .option('--expr <expression>', 'evaluate this expression')
      .option('-f, --file <path>', 'evaluate this file')
      .option('--apply <function>', 'apply this function to the value')
      .option('--json', 'print the value as JSON')
      .option('--raw', 'print a string without quotes')
      .option('--strict', 'force all of the value, and print as nix-instantiate --eval --strict does')
      .option('--read-only', 'do not write derivations into the store');
  },
  async run(terminal, options, args) {
    const { evaluateExpression } = await import('../../pipeline.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const text = await evaluateExpression(context, {
      installable: args[0],
      expr: options.expr as string | undefined,
      file: options.file as string | undefined,
      apply: options.apply as string | undefined,
      format: options.json ? 'json' : options.raw ? 'raw' : options.strict ? 'strict' : 'nix',
    });
    if (options.raw) process.stdout.write(text);
    else terminal.print(text);
  },
};
