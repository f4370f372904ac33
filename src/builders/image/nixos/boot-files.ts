/** A boot loader's part of a NixOS image. */
import { bootPartition } from '../../../disk/image/layout.ts';
import { directory } from '../../../tree/file-tree.ts';
import type { BootLoader } from './attributes.ts';
import type { BootFiles, BootRequest } from './boot-request.ts';
import { grubBootFiles } from './grub-boot.ts';
import { readSystem } from './system.ts';
import { systemdBootFiles } from './systemd-boot.ts';

export function makeBootFiles(
  loader: BootLoader,
  toplevel: string,
  given: Pick<BootRequest, 'files' | 'type' | 'uuids' | 'log'>,
): BootFiles {
  const boot = directory();
  const esp = bootPartition(given.type) === 'esp' ? boot : directory();
  const system = readSystem(given.files, toplevel);
  if (loader.kind === 'none' || !system) {
    given.log('the image has no boot loader');
    return { boot, esp };
  }
  const request = { ...given, boot, esp, system };
  return loader.kind === 'grub' ? grubBootFiles(loader, request) : systemdBootFiles(loader, request);
}
