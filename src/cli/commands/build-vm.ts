import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';

export const buildVm: CommandSpec = {
  name: 'build-vm',
  summary: 'make a script that runs a configuration at once, without an image',
  args: '[installable]',
  examples: [
    ['bootflake build-vm .#web && result/bin/run-web-vm', 'its disk is web.qcow2'],
    ['bootflake build-vm .#web --out-link vm', 'make vm/bin/run-web-vm'],
  ],
  description:
    'As nixos-rebuild build-vm: the attribute config.system.build.vm. The machine has the store of this host, read-only, and a disk of ' +
    'its own for everything else. Of the configuration, disks and boot loader are left out; virtualisation.vmVariant changes it for this ' +
    'machine alone. The script reads NIX_DISK_IMAGE (the disk), QEMU_OPTS, QEMU_NET_OPTS, QEMU_KERNEL_PARAMS and USE_TMPDIR; its own ' +
    'arguments are for qemu.',
  configure(command) {
    addFlakeOptions(command)
      .option('-o, --out-link <path>', 'where the link to the result goes', 'result')
      .option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, [installable = '.']) {
    const { buildVm: build } = await import('../../api/build-vm.ts');
    const script = await build(pipelineContext(terminal, readFlakeOptions(options)), installable, String(options.outLink));
    terminal.note(`Done. The virtual machine can be started by running ${script}`);
  },
};
