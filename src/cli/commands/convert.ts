import type { CommandSpec } from '../command.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { collect } from '../options.ts';

export const convertCommand: CommandSpec = {
  name: 'convert',
  summary: 'convert a disk image into another format',
  args: '<image> <new-image>',
  examples: [
    ['bootflake convert nixos.qcow2 nixos.vdi', 'for VirtualBox; the suffix says the format'],
    ['bootflake convert -c -o compression_type=zstd disk.raw disk.qcow2', 'a compressed qcow2'],
    ['bootflake convert -o subformat=fixed nixos.qcow2 nixos.vhd', 'for Azure: a fixed VHD of whole mebibytes'],
    ['bootflake convert -o hardware=vmware,memory=4096 nixos.qcow2 nixos.ova', 'a machine for VMware'],
    ['bootflake convert nixos.qcow2 vzdump-qemu-nixos.vma.zst', 'a backup that Proxmox restores'],
    ['bootflake convert nixos.qcow2 nixos.raw.tar.gz', "for Google's Compute Engine"],
  ],
  description:
    'Read are raw, qcow2, vmdk (in one file), vdi, vpc (VHD) and vhdx, of which none may depend on another file. Written are these, and ' +
    'ova, vma, vma.zst, raw.tar.gz (a sparse tar with disk.raw), raw.gz, raw.xz and raw.zst. Zeros become holes. The new file has its ' +
    'name only when it is complete.',
  interrupted: 'Interrupted: there is no new image.',
  configure(command) {
    command
      .option('-O, --format <format>', "the new image's format (default: its suffix says)")
      .option('-f, --input-format <format>', "the image's format (default: its first bytes say)")
      .option('-c, --compress', 'compress a qcow2 or vmdk')
      .option(
        '-o, --options <list>',
        'NAME=VALUE,... of the format (repeatable). qcow2: compression_type=zlib|zstd, extended_l2=on; vmdk: ' +
          'subformat=monolithicSparse|streamOptimized; vpc: subformat=dynamic|fixed; ova: name, description, memory (MiB), cpus, ' +
          'firmware=bios|efi, hardware=virtualbox|vmware, osType; vma: config (a file: qemu-server.conf), device, uuid, time; any: seed ' +
          '(the same gives the same bytes)',
        collect,
      )
      .option('--force', 'replace the new image if it exists');
  },
  async run(terminal, options, [from = '', to = '']) {
    const { convertImage } = await import('../../api/convert-image.ts');
    const { format, inputFormat, diskSize, added, fileSize, takes } = await convertImage(
      { onProgress: (event) => terminal.log.onProgress(event), signal: terminal.signal },
      {
        from,
        to,
        format: options.format as string | undefined,
        inputFormat: options.inputFormat as string | undefined,
        compress: Boolean(options.compress),
        options: (options.options as string[] | undefined) ?? [],
        force: Boolean(options.force),
      },
    );
    const unit = format === 'vpc-fixed' ? 'mebibytes' : 'gibibytes';
    if (added > 0) terminal.note(`the disk got ${formatBytes(added)} of zeros at its end, as its host takes only whole ${unit}`);
    const size = takes < fileSize ? `${formatBytes(fileSize)}, of which ${formatBytes(takes)} are taken` : formatBytes(fileSize);
    terminal.note(`${inputFormat} to ${format}: a disk of ${formatBytes(diskSize)} in ${size}`);
  },
};
