import type { CommandSpec } from '../command.ts';
import { addArgumentOptions, addFlakeOptions, readArguments, readFlakeOptions } from '../options.ts';
import { planLines } from '../log/plan-text.ts';
import { pipelineContext } from '../context.ts';
import { resultLines } from '../result-lines.ts';

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
    ['bootflake build --file ./default.nix hello', 'an attribute of a file'],
    ['bootflake build /nix/store/...-hello-2.12', 'a store path, from a binary cache'],
  ],
  description:
    'An installable is FLAKE#ATTRIBUTE, as with nix build. Without one, `.` is built: packages.SYSTEM.default, else the\nimage of the ' +
    'only nixosConfiguration.',
  configure(command) {
    addArgumentOptions(addFlakeOptions(command))
      .option('--expr <expression>', 'build attributes of this expression')
      .option('-f, --file <path>', 'build attributes of this file')
      .option('-o, --out-link <path>', 'where the link to the result goes', 'result')
      .option('--no-link', 'make no link')
      .option('--print-out-paths', 'print where the outputs are')
      .option('--json', 'print the results as JSON')
      .option('--dry-run', 'only print what would be done')
      .option('--rebuild', 'build again and compare with the result in the store')
      .option('-L, --print-build-logs', "print the builders' logs")
      .option('-j, --max-jobs <n>', 'how many builders at once (default: the cores)', Number);
  },
  async run(terminal, options, args) {
    const pipeline = await import('../../api/pipeline.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options), { maxJobs: options.maxJobs as number | undefined });
    const { expr, file } = options as { expr?: string; file?: string };
    const source = { expr, file, args: readArguments(options) };
    const installables = args.length ? args : [expr === undefined && file === undefined ? '.' : ''];
    if (options.dryRun) {
      const { plan, ...summary } = await pipeline.planBuild(context, installables, source);
      if (options.json) return terminal.print(JSON.stringify(summary, null, 2));
      const lines = planLines(plan);
      return terminal.note(lines.length ? lines.join('\n') : 'nothing to build: all of it is in the store');
    }
    const built = await pipeline.build(context, installables, { rebuild: Boolean(options.rebuild), source });
    const links = options.link === false ? [] : await pipeline.linkResults(context, built, String(options.outLink));
    if (terminal.isTerminal) for (const line of resultLines(built, links, process.cwd())) terminal.note(line);
    if (options.json)
      terminal.print(
        JSON.stringify(
          // A store path is a string, as in Nix.
          built.map(({ drvPath, outputs, files }) => (drvPath === undefined ? outputs.out : { drvPath, outputs, files })),
          null,
          2,
        ),
      );
    else if (options.printOutPaths) for (const { files } of built) for (const path of Object.values(files)) terminal.print(path);
  },
};
