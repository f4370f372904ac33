import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addArgumentOptions, addFlakeOptions, readArguments, readFlakeOptions } from '../options.ts';

export const repl: CommandSpec = {
  name: 'repl',
  summary: 'evaluate Nix expressions as you type them',
  args: '[installables...]',
  examples: [
    ['bootflake repl', 'a prompt; :? shows the commands, ctrl-d leaves'],
    ['bootflake repl .#nixosConfigurations.build-qcow2', "a machine's config and options as variables"],
    ['bootflake repl --file ./default.nix', "a file's attributes"],
    ["echo '1 + 2' | bootflake repl", 'prints 3'],
  ],
  description:
    'Without a terminal there is no prompt, and the exit status is 1 when a line failed. ctrl-c ends an evaluation and keeps ' +
    'the\nvariables. What was typed is remembered in $XDG_STATE_HOME/bootflake/repl-history. As with nix repl, evaluation is impure.',
  configure(command) {
    addArgumentOptions(addFlakeOptions(command))
      .option('-f, --file <path>', 'load this file; installables are then attributes in it')
      .option('--expr <expression>', 'load this expression');
  },
  async run(terminal, options, args) {
    const [{ Repl }, { runReplPrompt }] = await Promise.all([import('../../api/repl.ts'), import('../repl-prompt.ts')]);
    const context = pipelineContext(terminal, { ...readFlakeOptions(options), impure: true, writeLockFile: false });
    const repl = new Repl(context);
    try {
      return await runReplPrompt(repl, terminal, {
        start: {
          installables: args,
          file: options.file as string | undefined,
          expr: options.expr as string | undefined,
          args: readArguments(options),
        },
        showTrace: Boolean(options.showTrace),
      });
    } finally {
      await repl.close();
    }
  },
};
