/**
 * The files that `bootctl install` and NixOS' systemd-boot builder put onto the EFI system partition, and onto that of kernels if there is
 * one.
 */
import { BootflakeError } from '../../../base/errors.ts';
import { directory, file, type DirectoryNode } from '../../../tree/file-tree.ts';
import { placeNode } from '../../../tree/place.ts';
import type { SystemdBootSettings } from './attributes.ts';
import type { BootFiles, BootRequest } from './boot-request.ts';
import { BootKernels } from './boot-kernels.ts';
import { IMAGE_DATE, readSpecialisations, type System } from './system.ts';

/** An image has one generation of the system's profile, the first. */
const ENTRY = 'nixos-generation-1';

export function systemdBootFiles(settings: SystemdBootSettings, request: BootRequest): BootFiles {
  const { files, esp, boot, system } = request;
  const program = ['lib', 'usr/lib']
    .map((folder) => `${settings.systemd}/${folder}/systemd/boot/efi/systemd-bootx64.efi`)
    .find((path) => files.find(path) !== undefined);
  if (program === undefined) {
    throw new BootflakeError({
      code: 'disk/no-systemd-boot',
      message: `there is no lib/systemd/boot/efi/systemd-bootx64.efi in ${settings.systemd}`,
      hint: 'Set systemd.package to one built with systemd-boot.',
    });
  }
  placeNode(esp, 'EFI/systemd/systemd-bootx64.efi', files.file(program));
  placeNode(esp, 'EFI/BOOT/BOOTX64.EFI', files.file(program));
  placeNode(esp, 'loader/loader.conf', file(loaderConf(settings)));
  // The partition of entries and kernels. Defaults to the EFI system partition.
  const home = settings.xbootldr ? boot : esp;
  placeNode(home, 'loader/entries.srel', file('type1\n'));
  placeNode(home, 'EFI/Linux', directory());
  const kernels = new BootKernels(files, home, (storePath) => `EFI/nixos/${efiName(storePath)}`);
  const add = (name: string, title: string, variant: System): void =>
    placeNode(home, `loader/entries/${name}.conf`, file(entryText({ settings, title, system: variant, kernels })));
  add(ENTRY, settings.distroName, system);
  for (const [name, variant] of readSpecialisations(files, system.path))
    add(`${ENTRY}-specialisation-${name}`, `${settings.distroName} (${name})`, variant);
  for (const [name, text] of settings.entries) placeNode(home, `loader/entries/${name}`, file(text));
  for (const [path, source] of settings.files) placeNode(home, presentPath(home, path), files.copy(source));
  return { boot, esp };
}

/** The path with the names of folders that are there: on FAT, `efi` is `EFI`. */
function presentPath(root: DirectoryNode, path: string): string {
  let folder: DirectoryNode | undefined = root;
  const names = path.split('/').map((wanted) => {
    const found: string = [...(folder?.entries.keys() ?? [])].find((name) => name.toLowerCase() === wanted.toLowerCase()) ?? wanted;
    const node = folder?.entries.get(found);
    folder = node?.type === 'directory' ? node : undefined;
    return found;
  });
  return names.join('/');
}

function loaderConf({ timeout, editor, consoleMode }: SystemdBootSettings): string {
  const lines = [
    ...(timeout === undefined ? [] : [`timeout ${timeout}`]),
    `default ${ENTRY}.conf`,
    ...(editor ? [] : ['editor 0']),
    `console-mode ${consoleMode}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `/nix/store/HASH-linux-6.1/bzImage` is `HASH-linux-6.1-bzImage.efi`; folders between are left out. */
function efiName(storePath: string): string {
  const parts = storePath.slice('/nix/store/'.length).split('/');
  return `${parts[0]}-${parts.at(-1)}.efi`;
}

function entryText({
  settings,
  title,
  system,
  kernels,
}: {
  settings: SystemdBootSettings;
  title: string;
  system: System;
  kernels: BootKernels;
}): string {
  const lines = [
    `title ${title}`,
    ...(settings.sortKey === undefined ? [] : [`sort-key ${settings.sortKey}`]),
    `version Generation 1 ${settings.distroName} ${system.version}, Linux Kernel ${system.kernelVersion}, built on ${IMAGE_DATE}`,
    `linux /${kernels.add(system.kernel)}`,
    `initrd /${kernels.add(system.initrd)}`,
    `options ${system.parameters}`,
  ];
  return `${lines.join('\n')}\n`;
}
