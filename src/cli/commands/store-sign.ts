import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addInstallableOptions, readFlakeOptions, readInstallableOptions, refuseNamesWithAll } from '../options.ts';

const sign: CommandSpec = {
  name: 'store sign',
  summary: 'sign store paths with a local key',
  args: '[installables-or-paths...]',
  examples: [
    ['bootflake store sign --key-file ./secret-key -r ./result', 'a result and all that it refers to'],
    ['bootflake store sign -k ./secret-key --all', 'every path of the store'],
  ],
  description: 'Signatures are kept in the store; copy writes them into a cache, and path-info --sigs shows them.',
  configure(command) {
    // First: elsewhere -k is --keep-going.
    command.requiredOption('-k, --key-file <file>', 'the file with the secret key, made by key generate-secret');
    addInstallableOptions(command).option('-r, --recursive', 'with all that the paths refer to').option('--all', 'every path of the store');
  },
  async run(terminal, options, args) {
    refuseNamesWithAll(options, args);
    const { signPaths } = await import('../../api/sign-paths.ts');
    const added = await signPaths(pipelineContext(terminal, readFlakeOptions(options)), {
      ...readInstallableOptions(options),
      names: args.length > 0 ? args : ['.'],
      keyFile: String(options.keyFile),
      all: Boolean(options.all),
      recursive: Boolean(options.recursive),
    });
    terminal.note(`added ${added} signatures`);
  },
};

export const storeCommands = [sign];
