import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';

const init: CommandSpec = {
  name: 'flake init',
  summary: 'write an example machine: flake.nix, configuration.nix, qcow.nix',
  examples: [
    ['bootflake flake init && git init && git add . && bootflake run', 'from nothing to a login prompt'],
    ['bootflake flake init --suite bookworm', "for another suite of Debian's"],
  ],
  configure(command) {
    command.option('--suite <name>', 'trixie or bookworm', 'trixie');
  },
  async run(terminal, options) {
    const { writeTemplate } = await import('../../flake/template.ts');
    for (const file of await writeTemplate(process.cwd(), String(options.suite))) terminal.note(`wrote: ${file}`);
  },
};

const lock: CommandSpec = {
  name: 'flake lock',
  summary: 'write flake.lock: pin every input that is not yet pinned',
  args: '[flake]',
  examples: [
    ['bootflake flake lock', 'lock new inputs'],
    ['bootflake flake lock --update-input nixpkgs', 'lock one input anew'],
  ],
  configure: (command) => void addFlakeOptions(command),
  async run(terminal, options, args) {
    const { lockFlake } = await import('../../api/pipeline.ts');
    await lockFlake(pipelineContext(terminal, readFlakeOptions(options)), args[0] ?? '.');
  },
};

const update: CommandSpec = {
  name: 'flake update',
  summary: 'pin inputs to their newest state',
  args: '[inputs...]',
  examples: [
    ['bootflake flake update', 'every input'],
    ['bootflake flake update nixpkgs', 'one input'],
    ['bootflake flake update --flake ./vm', 'of another flake'],
  ],
  configure: (command) => void addFlakeOptions(command).option('--flake <flake>', 'the flake to update', '.'),
  async run(terminal, options, args) {
    const { lockFlake } = await import('../../api/pipeline.ts');
    const flake = readFlakeOptions(options);
    const context = pipelineContext(terminal, {
      ...flake,
      refresh: true,
      updateInputs: args,
      strictUpdates: true,
      recreateLockFile: args.length === 0,
    });
    await lockFlake(context, String(options.flake));
  },
};

const metadata: CommandSpec = {
  name: 'flake metadata',
  summary: 'show the metadata of a flake and its pinned inputs',
  args: '[flake]',
  examples: [
    ['bootflake flake metadata', 'of the flake here'],
    ['bootflake flake metadata debian/trixie --json', 'as JSON'],
  ],
  configure: (command) => void addFlakeOptions(command).option('--json', 'print as JSON'),
  async run(terminal, options, args) {
    const { flakeMetadata } = await import('../../api/pipeline.ts');
    const print = options.json ? terminal.print : terminal.show;
    print(await flakeMetadata(pipelineContext(terminal, readFlakeOptions(options)), args[0] ?? '.', Boolean(options.json)));
  },
};

const show: CommandSpec = {
  name: 'flake show',
  summary: 'show the outputs of a flake',
  args: '[flake]',
  examples: [
    ['bootflake flake show', 'of the flake here'],
    ['bootflake flake show --json', 'as JSON'],
  ],
  configure: (command) => void addFlakeOptions(command).option('--json', 'print as JSON').option('--legacy', 'show legacyPackages too'),
  async run(terminal, options, args) {
    const { flakeShow } = await import('../../api/pipeline.ts');
    const print = options.json ? terminal.print : terminal.show;
    print(
      await flakeShow(pipelineContext(terminal, readFlakeOptions(options)), args[0] ?? '.', {
        json: Boolean(options.json),
        legacy: Boolean(options.legacy),
      }),
    );
  },
};

const check: CommandSpec = {
  name: 'flake check',
  summary: 'evaluate every output of a flake and build its checks',
  args: '[flake]',
  examples: [
    ['bootflake flake check', 'the flake here'],
    ['bootflake flake check --no-build', 'evaluate only'],
  ],
  configure: (command) => void addFlakeOptions(command).option('--no-build', 'do not build the checks'),
  async run(terminal, options, args) {
    const { flakeCheck } = await import('../../api/pipeline.ts');
    await flakeCheck(pipelineContext(terminal, readFlakeOptions(options)), args[0] ?? '.', { build: options.build !== false });
  },
};

export const flakeCommands = [init, lock, update, metadata, show, check];
