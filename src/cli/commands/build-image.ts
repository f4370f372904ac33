import { formatBytes } from '../../base/format-bytes.ts';
import { shownPath } from '../result-lines.ts';
import type { CommandSpec } from '../command.ts';
import { BootflakeError } from '../../base/errors.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, collect, readFlakeOptions } from '../options.ts';

export const buildImage: CommandSpec = {
  name: 'build-image',
  summary: 'make an image of a configuration for a cloud, a hypervisor or a container',
  args: '[installable]',
  examples: [
    ['bootflake build-image .#web', 'list the variants'],
    ['bootflake build-image .#web --image-variant amazon', 'an image for Amazon EC2, as result/NAME.vhd'],
    ['bootflake build-image .#web --image-variant vmware --image-variant lxc', 'two of them: result-vmware, result-lxc'],
    ['bootflake build-image .#web --all --json', 'all of them, and where they are'],
  ],
  description:
    'As nixos-rebuild build-image: config.system.build.images.VARIANT. Each variant is the configuration with what its host needs; ' +
    'image.modules.VARIANT changes it for that one alone. Names of nixos-generators are understood: do, gce, install-iso, qcow, ' +
    'qcow-efi, sd-x86_64. docs/images.md has all variants.',
  configure(command) {
    addFlakeOptions(command)
      .option('--image-variant <name>', 'the variant to build (repeatable)', collect)
      .option('--all', 'build all variants')
      .option('-o, --out-link <path>', 'where the link to the result goes', 'result')
      .option('--no-link', 'make no link')
      .option('--json', 'print the variants, or the results, as JSON')
      .option('-L, --print-build-logs', "print the builders' logs")
      .option('-j, --max-jobs <n>', 'how many builders at once (default: the cores)', Number);
  },
  async run(terminal, options, [installable = '.']) {
    const { buildImages, imageVariants, linkImages } = await import('../../api/build-image.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options), { maxJobs: options.maxJobs as number | undefined });
    const named = options.imageVariant as string[] | undefined;
    if (named && options.all)
      throw new BootflakeError({ code: 'cli/exclusive-options', message: '--image-variant and --all are mutually exclusive' });
    const wanted = named ?? (await imageVariants(context, installable));
    if (!named && !options.all) {
      terminal.print(options.json ? JSON.stringify(wanted) : wanted.join('\n'));
      if (terminal.isTerminal) terminal.note('build one: --image-variant NAME');
      return;
    }
    const built = await buildImages(context, installable, wanted);
    if (options.link !== false) await linkImages(context, built, String(options.outLink));
    if (options.json) return terminal.print(JSON.stringify(built, null, 2));
    for (const { variant, file, size } of built) {
      const place = shownPath(file, process.cwd());
      terminal.print(built.length === 1 ? place : `${variant}\t${place}`);
      if (terminal.isTerminal && size !== undefined) terminal.note(`${variant}: ${formatBytes(size)}`);
    }
  },
};
