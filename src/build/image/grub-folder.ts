import { BootflakeError } from '../../base/errors.ts';
import type { GrubFolder } from '../../disk/grub/modules.ts';
import { readFile } from '../../io/image-file.ts';

/** GRUB's files for BIOS machines in the unpacked package grub-pc-bin, or in that folder of it. */
export function grubFolder(path: string): GrubFolder {
  return {
    read(name) {
      const found = readFile(`${path}/usr/lib/grub/i386-pc/${name}`) ?? readFile(`${path}/${name}`);
      if (!found) throw new BootflakeError({ code: 'disk/no-grub', message: `there is no usr/lib/grub/i386-pc/${name} in ${path}`, hint: 'it must be the package grub-pc-bin' });
      return found;
    },
  };
}
