import type { CommandSpec } from '../command.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';
import { formatBytes } from '../progress.ts';
import { pipelineContext } from '../context.ts';

export const build: CommandSpec = {
  name: 'build',
  summary: 'build an image, or any derivation, of a flake',
  args: '[installables...]',
  examples: [
    ['bootflake build .#nixosConfigurations.build-qcow2.config.system.build.qcow2', 'the disk image, as result/nixos.qcow2'],
    ['bootflake build .#build-qcow2', 'the same, in short'],
    ['bootflake build .#build-qcow2 --dry-run', 'what would be downloaded and built, and how large'],
    ['bootflake build .#build-qcow2 --rebuild', 'build again and compare'],
    ['bootflake build debian/trixie#curl --print-out-paths', 'one package of the distribution'],
  ],
  description: 'An installable is FLAKE#ATTRIBUTE, as with nix build. Without one, `.` is built: packages.SYSTEM.default, else the\nimage of the only nixosConfiguration.',
  configure(command) {
    addFlakeOptions(command)
      .option('-o, --out-link <path>', 'where the link to the result goes', 'result')
      .option('--no-link', 'make no link')
      .option('--print-out-paths', 'print the store paths built')
      .option('--json', 'print what was built as JSON')
      .option('--dry-run', 'only tell what would be done')
      .option('--rebuild', 'build again and compare with what is in the store')
      .option('-L, --print-build-logs', "print the builders' logs")
      .option('-j, --max-jobs <n>', 'how many builders at once (default: the cores)', Number);
  },
  async run(terminal, options, args) {
    const pipeline = await import('../../pipeline.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options), { printBuildLogs: Boolean(options.printBuildLogs), maxJobs: options.maxJobs as number | undefined });
    const installables = args.length ? args : ['.'];
    if (options.dryRun) {
      const plan = await pipeline.planBuild(context, installables);
      if (options.json) return terminal.print(JSON.stringify(plan, null, 2));
      terminal.note(plan.toBuild.length ? `these ${plan.toBuild.length} derivations will be built:` : 'nothing to build: all of it is in the store');
      for (const drvPath of plan.toBuild) terminal.note(`  ${drvPath}`);
      if (plan.downloadBytes) terminal.note(`${formatBytes(plan.downloadBytes)} to download, ${formatBytes(plan.unpackedBytes)} unpacked`);
      return;
    }
    const built = await pipeline.build(context, installables, { rebuild: Boolean(options.rebuild) });
    if (options.link !== false) await pipeline.linkResults(context, built, String(options.outLink));
    if (options.json) terminal.print(JSON.stringify(built.map(({ drvPath, outputs }) => ({ drvPath, outputs })), null, 2));
    else if (options.printOutPaths) for (const { outputs } of built) for (const path of Object.values(outputs)) terminal.print(path);
  },
};
