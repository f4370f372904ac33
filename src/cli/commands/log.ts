import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';

export const log: CommandSpec = {
  name: 'log',
  summary: "print what a derivation's builder logged",
  args: '[installable]',
  examples: [
    ['bootflake log .#build-qcow2', 'of an installable'],
    ['bootflake log /nix/store/...-hello-2.12.drv', 'of a derivation, as errors name it'],
  ],
  configure: (command) => void addFlakeOptions(command),
  async run(terminal, options, args) {
    const { readBuildLog } = await import('../../api/read-log.ts');
    terminal.data(await readBuildLog(pipelineContext(terminal, readFlakeOptions(options)), args[0] ?? '.'));
  },
};
