import { BootflakeError } from '../../base/errors.ts';
import type { GrubFolder } from '../../disk/grub/modules.ts';
import type { InputFiles } from '../input-files.ts';

/** Finds GRUB's files for one kind of machine in a package of Debian or nixpkgs, or in that folder of it. */
export function grubFolder(files: InputFiles, path: string, platform: 'i386-pc' | 'x86_64-efi' = 'i386-pc'): GrubFolder {
  const folders = [`${path}/usr/lib/grub/${platform}`, `${path}/lib/grub/${platform}`, path];
  return {
    read(name) {
      for (const folder of folders) {
        const found = files.bytes(`${folder}/${name}`);
        if (found) return found;
      }
      const expected = platform === 'i386-pc' ? 'grub-pc-bin' : 'grub-efi-amd64-bin';
      throw new BootflakeError({
        code: 'disk/no-grub',
        message: `there is no usr/lib/grub/${platform}/${name} in ${path}`,
        hint: `Use the package ${expected}, or GRUB of nixpkgs.`,
      });
    },
  };
}
