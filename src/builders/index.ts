/** The builders, each loaded on first use. */
import type { Derivation } from '../nix-format/derivation.ts';
import type { Builder, BuiltinBuilder } from './builder.ts';

const builders: Record<string, () => Promise<BuiltinBuilder>> = {
  'debian-package': async () => (await import('./debian-package.ts')).debianPackage,
  'debian-tree': async () => (await import('./debian-tree.ts')).debianTree,
  fetchurl: async () => (await import('./fetchurl.ts')).fetchurl,
  tree: async () => (await import('./tree.ts')).tree,
  'unpack-channel': async () => (await import('./unpack-channel.ts')).unpackChannel,
  buildenv: async () => (await import('./buildenv.ts')).buildenv,
  initrd: async () => (await import('./initrd.ts')).initrd,
  'systemd-initrd': async () => (await import('./systemd-initrd.ts')).systemdInitrd,
  microcode: async () => (await import('./microcode.ts')).microcode,
  'iso-image': async () => (await import('./iso-image.ts')).isoImage,
  'netboot-ramdisk': async () => (await import('./netboot-ramdisk.ts')).netbootRamdisk,
  erofs: async () => (await import('./erofs.ts')).erofs,
  squashfs: async () => (await import('./squashfs.ts')).squashfs,
  'grub-core': async () => (await import('./grub-core.ts')).grubCore,
  tarball: async () => (await import('./tarball.ts')).tarball,
  'oci-image': async () => (await import('./oci-image.ts')).ociImage,
  uki: async () => (await import('./uki.ts')).uki,
  'disk-image': async () => (await import('./disk-image.ts')).diskImage,
  'nixos-test': async () => (await import('./nixos-test.ts')).nixosTest,
};

export function builtinBuilderNames(): string[] {
  return Object.keys(builders);
}

/** `name` is the part after `builtin:`. */
export async function findBuiltinBuilder(name: string): Promise<BuiltinBuilder | undefined> {
  return Object.hasOwn(builders, name) ? builders[name]!() : undefined;
}

/** Returns what builds a derivation; undefined for a built-in builder of an unknown name. */
export async function findBuilder({ builder }: Pick<Derivation, 'system' | 'builder' | 'env'>): Promise<Builder | undefined> {
  if (builder.startsWith('builtin:')) return findBuiltinBuilder(builder.slice('builtin:'.length));
  return (await import('./process/process.ts')).processBuilder;
}
