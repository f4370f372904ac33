import type { RegistryRequest } from '../../api/pipeline.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

async function request(terminal: Terminal, options: Record<string, unknown>, asked: RegistryRequest): Promise<void> {
  const { flakeRegistry } = await import('../../api/pipeline.ts');
  for (const line of await flakeRegistry(pipelineContext(terminal, readFlakeOptions(options)), asked)) terminal.show(line);
}

function registryFile(options: Record<string, unknown>): { file?: string } {
  return typeof options.registry === 'string' ? { file: options.registry } : {};
}

const registryOption = ['--registry <file>', "a registry file (default: the user's)"] as const;

const list: CommandSpec = {
  name: 'registry list',
  summary: 'list the entries of the flake registries',
  examples: [['bootflake registry list', 'every entry: registry, short name, flake']],
  configure: (command) => void addFlakeOptions(command),
  async run(terminal, options) {
    const { listRegistries } = await import('../../api/pipeline.ts');
    await listRegistries(pipelineContext(terminal, readFlakeOptions(options)), terminal.show);
  },
};

const add: CommandSpec = {
  name: 'registry add',
  summary: 'give a flake a short name',
  args: '<from> <to>',
  examples: [
    ['bootflake registry add nixpkgs github:NixOS/nixpkgs/nixos-23.05', 'nixpkgs means this branch from now on'],
    ['bootflake registry add vm ~/machines/vm', 'a folder'],
    ['bootflake registry add --registry ./registry.json vm ~/machines/vm', 'in a file of your own'],
  ],
  configure: (command) => void addFlakeOptions(command).option(...registryOption),
  run: (terminal, options, [from = '', to = '']) => request(terminal, options, { action: 'add', from, to, ...registryFile(options) }),
};

const remove: CommandSpec = {
  name: 'registry remove',
  summary: 'remove a short name',
  args: '<from>',
  examples: [['bootflake registry remove nixpkgs', "from the user's registry"]],
  configure: (command) => void addFlakeOptions(command).option(...registryOption),
  run: (terminal, options, [from = '']) => request(terminal, options, { action: 'remove', from, ...registryFile(options) }),
};

const pin: CommandSpec = {
  name: 'registry pin',
  summary: 'pin a short name to the present state of its flake, or of another',
  args: '<from> [to]',
  examples: [
    ['bootflake registry pin nixpkgs', 'the commit that its branch has now'],
    ['bootflake registry pin nixpkgs github:NixOS/nixpkgs/nixos-23.05', 'that of another flake'],
  ],
  configure: (command) => void addFlakeOptions(command).option(...registryOption),
  run: (terminal, options, [from = '', to]) =>
    request(terminal, options, { action: 'pin', from, ...(to !== undefined && { to }), ...registryFile(options) }),
};

const resolve: CommandSpec = {
  name: 'registry resolve',
  summary: 'show what short names stand for, without fetching',
  args: '<flakes...>',
  examples: [['bootflake registry resolve nixpkgs debian/bookworm', 'one line for each']],
  configure: (command) => void addFlakeOptions(command),
  run: (terminal, options, flakes) => request(terminal, options, { action: 'resolve', flakes }),
};

export const registryCommands = [list, add, remove, pin, resolve];
