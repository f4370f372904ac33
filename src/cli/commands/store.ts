import type { CommandSpec } from '../command.ts';
import { addListOptions, printListing } from '../listing.ts';
import type { DeletionReport } from '../../api/collect-garbage.ts';
import { addSettingsOption, readNixSettings } from '../options.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import type { Terminal } from '../terminal.ts';

const gc: CommandSpec = {
  name: 'store gc',
  summary: 'delete store paths that are no longer needed',
  examples: [
    ['bootflake store gc', 'delete, and print what was freed'],
    ['bootflake store gc --dry-run', 'only print what would be deleted'],
    ['bootflake store gc --max-freed 2G', 'stop once that much was freed'],
    ['bootflake store gc --print-roots', 'what keeps paths: result links, disks, machines, processes'],
  ],
  description:
    'Kept are the targets of result links, the images under disks made by run --disk, and what a running bootflake uses, with ' +
    'everything\n' +
    'they refer to and the derivations that made them (not with keep-derivations = false). With keep-outputs = true the outputs of ' +
    'kept derivations are kept, too. Remove a result link, and the next collection deletes its target.',
  configure(command) {
    addSettingsOption(command, 'keep-outputs, keep-derivations')
      .option('--dry-run', 'change nothing')
      .option('--max, --max-freed <size>', 'stop once paths of this size were deleted: 500M, 2G')
      .option('--print-roots', 'print what keeps paths, and exit')
      .option('--print-live', 'print the paths that are kept, and end')
      .option('--print-dead', 'print the paths that would be deleted, and end');
  },
  async run(terminal, options) {
    const nixSettings = readNixSettings(options);
    const { collectGarbage, examineGarbage } = await import('../../api/collect-garbage.ts');
    if (options.printRoots || options.printLive || options.printDead || options.dryRun) {
      const { roots, live, dead, sizes } = await examineGarbage({ nixSettings });
      if (options.printRoots)
        return void [...new Set(roots.map(({ link, path }) => `${link} -> ${terminal.hostPath(path)}`))].forEach(terminal.print);
      if (options.printLive) return live.map(terminal.hostPath).forEach(terminal.print);
      if (options.printDead) return dead.map(terminal.hostPath).forEach(terminal.print);
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      return terminal.note(`${dead.length} store paths would be deleted, ${formatBytes(total)} in all`);
    }
    const { paths, freed } = await collectGarbage({ most: options.maxFreed as string | undefined, nixSettings }, deletionReport(terminal));
    terminal.note(`${paths.length} store paths deleted, ${formatBytes(freed)} freed`);
  },
};

function deletionReport({ log, detail, signal }: Terminal): DeletionReport {
  return { signal, onProgress: (event) => log.onProgress(event), onDeleted: (path) => detail?.(`deleting '${path}'`) };
}

const remove: CommandSpec = {
  name: 'store delete',
  summary: 'delete the given store paths unless they are needed',
  args: '<paths...>',
  examples: [
    ['bootflake store delete /nix/store/...-nixos-disk-image', 'one path; fails while a root keeps it'],
    ['bootflake store delete ./result --ignore-liveness', 'although the link is there'],
  ],
  configure(command) {
    command.option('--ignore-liveness', 'also delete what a root keeps; never what another path refers to');
  },
  async run(terminal, options, args) {
    const { deletePaths } = await import('../../api/collect-garbage.ts');
    const { paths, freed } = await deletePaths(
      process.cwd(),
      args,
      { ignoreLiveness: Boolean(options.ignoreLiveness), nixSettings: readNixSettings(options) },
      deletionReport(terminal),
    );
    terminal.note(`${paths.length} store paths deleted, ${formatBytes(freed)} freed`);
  },
};

const ls: CommandSpec = {
  name: 'store ls',
  summary: 'list the files in a store path',
  args: '<path>',
  examples: [
    ['bootflake store ls ./result', 'the names in it'],
    ['bootflake store ls -lR /nix/store/...-etc', 'with modes and sizes, and all below'],
    ['bootflake store ls --json -R ./result', 'as JSON'],
  ],
  configure: addListOptions,
  async run(terminal, options, [path = '']) {
    const { findInStore } = await import('../../api/inspect-store.ts');
    await printListing(terminal, await findInStore(process.cwd(), path), path, options);
  },
};

const cat: CommandSpec = {
  name: 'store cat',
  summary: 'print a file of a store path',
  args: '<path>',
  examples: [['bootflake store cat /nix/store/...-etc/etc/hostname', 'its bytes; on a terminal control characters are made visible']],
  configure() {},
  async run(terminal, _options, [path = '']) {
    const { readStoreFile } = await import('../../api/inspect-store.ts');
    terminal.data(await readStoreFile(process.cwd(), path));
  },
};

export const storeCommands = [gc, remove, ls, cat];
