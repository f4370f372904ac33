/** The files that NixOS' GRUB installer puts into /boot and onto the EFI system partition. */
import { nixosBiosCore, nixosEfiProgram } from '../../../disk/image/nixos-grub.ts';
import { bootPartition } from '../../../disk/image/layout.ts';
import { directory, file, symlink } from '../../../tree/file-tree.ts';
import { placeNode } from '../../../tree/place.ts';
import { grubFolder } from '../grub-folder.ts';
import type { GrubSettings } from './attributes.ts';
import { BootKernels } from './boot-kernels.ts';
import type { BootFiles, BootRequest } from './boot-request.ts';
import { grubMenu, splashSuffix, type GrubPlaces } from './grub-menu.ts';
import type { StoreFiles } from './store-files.ts';
import { readSpecialisations } from './system.ts';

/** The files that GRUB reads besides its menu: modules, and lists of which module has a command. */
const MODULE_FILES = /\.(mod|lst|o)$/;

export function grubBootFiles(settings: GrubSettings, request: BootRequest): BootFiles {
  const { files, boot, esp, type, system } = request;
  const places = grubPlaces(settings, request);
  placeNode(boot, 'grub/grub.cfg', file(grubMenu({ settings, places, system, specialisations: readSpecialisations(files, system.path) })));
  decorations(settings, request);
  for (const [path, source] of settings.extraFiles) placeNode(boot, path, files.copy(source));
  for (const [path, target] of settings.links) placeNode(boot, path, symlink(target));
  if (settings.efi !== undefined) installEfi(settings, settings.efi, request);
  if (settings.bios === undefined) return { boot, esp };
  addModules(request, settings.bios, 'i386-pc');
  const core = settings.biosCore === undefined ? undefined : files.read(`${settings.biosCore}/core.img`);
  const folder = grubFolder(files, settings.bios);
  return { boot, esp, bios: { boot: folder.read('boot.img'), core: core ?? nixosBiosCore(folder, type) } };
}

/** Kernels are read from the store unless /boot is a partition of its own. */
function grubPlaces(settings: GrubSettings, { files, boot, type, uuids }: BootRequest): GrubPlaces {
  const kind = bootPartition(type);
  const apart = kind !== 'root';
  const search = (drive: number, of: 'boot' | 'root'): string[] => {
    const label = of === 'root' || !apart ? uuids.rootLabel : kind === 'esp' ? 'ESP' : 'BOOT';
    if (settings.fsIdentifier === 'label') return [`search --set=drive${drive} --label ${label}`];
    // Devices of the building machine mean nothing to GRUB: it searches the partition that it was started from.
    if (settings.fsIdentifier === 'provided') return [];
    return [`search --set=drive${drive} --fs-uuid ${of === 'root' || !apart ? uuids.root : uuids.boot}`];
  };
  const drive = (number: number): string => (settings.fsIdentifier === 'provided' ? '' : `($drive${number})`);
  const bootPath = `${drive(1)}${apart ? '' : '/boot'}`;
  if (!apart && !settings.copyKernels) {
    return { search: [...search(2, 'root'), ...search(1, 'boot')], boot: bootPath, fileOf: (storePath) => `${drive(2)}${storePath}` };
  }
  const kernels = new BootKernels(files, boot, (storePath) => `kernels/${storePath.slice('/nix/store/'.length).replaceAll('/', '-')}`);
  return { search: search(1, 'boot'), boot: bootPath, fileOf: (storePath) => `${bootPath}/${kernels.add(storePath)}` };
}

function decorations({ font, splashImage, theme }: GrubSettings, { files, boot }: BootRequest): void {
  if (font !== undefined) placeNode(boot, 'converted-font.pf2', files.file(font));
  if (splashImage !== undefined) placeNode(boot, `background${splashSuffix(splashImage)}`, files.file(splashImage));
  if (theme !== undefined) placeNode(boot, 'theme', files.copy(theme));
}

function installEfi(settings: GrubSettings, grub: string, request: BootRequest): void {
  const { files, esp, type, log } = request;
  addModules(request, grub, 'x86_64-efi');
  const program = nixosEfiProgram(grubFolder(files, grub, 'x86_64-efi'), type);
  const place = (path: string): void => placeNode(esp, path, file(program));
  place('EFI/BOOT/BOOTX64.EFI');
  if (settings.removable) return;
  place(`EFI/${settings.bootloaderId}/grubx64.efi`);
  log(`GRUB is in EFI/${settings.bootloaderId} and, as no firmware has a variable that names it yet, in EFI/BOOT too`);
}

function addModules({ files, boot }: Pick<BootRequest, 'files' | 'boot'>, grub: string, platform: string): void {
  const source = grubPlatformPath(files, grub, platform);
  const names = files.names(source).filter((name) => MODULE_FILES.test(name));
  placeNode(boot, `grub/${platform}`, directory(names.map((name) => [name, files.file(`${source}/${name}`)])));
}

function grubPlatformPath(files: StoreFiles, grub: string, platform: string): string {
  return (
    ['lib', 'usr/lib'].map((folder) => `${grub}/${folder}/grub/${platform}`).find((path) => files.find(path) !== undefined) ??
    `${grub}/lib/grub/${platform}`
  );
}
