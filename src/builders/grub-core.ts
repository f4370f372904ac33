/**
 * builtin:grub-core: GRUB's boot.img and the core image for the disks of one kind of partition table (attributes `grub`, the package
 * grub-pc-bin or nixpkgs' GRUB, `partitionTableType`, and `layout`, "nixos" for NixOS' /boot). Separate from the disk image, as compressing
 * it takes time and it hardly ever changes.
 */
import { makeBiosCore } from '../disk/image/bios-core.ts';
import { nixosBiosCore } from '../disk/image/nixos-grub.ts';
import { makeDirectory, writeBytes } from './build-output.ts';
import type { BuiltinBuilder } from './builder.ts';
import { readPartitionTableType } from './image/attributes.ts';
import { grubFolder } from './image/grub-folder.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';
import { stringAttribute } from './attributes.ts';

export const grubCore: BuiltinBuilder = {
  name: 'grub-core',
  async run(context) {
    const folder = grubFolder(new InputFiles(context), stringAttribute(context.attrs, 'grub'));
    const out = outputFile(context);
    makeDirectory(out);
    writeBytes(`${out}/boot.img`, folder.read('boot.img'));
    const make = context.attrs.layout === 'nixos' ? nixosBiosCore : makeBiosCore;
    writeBytes(`${out}/core.img`, make(folder, readPartitionTableType(context.attrs)));
    return { outputs: { out: { references: [] } } };
  },
};
