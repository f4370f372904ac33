/** The facts of a NixOS system's store path that a boot loader needs. */
import type { StoreFiles } from './store-files.ts';

export interface System {
  path: string;
  /** Without symlinks. */
  kernel: string;
  initrd: string;
  /** `init=` and the kernel's parameters. */
  parameters: string;
  version: string;
  kernelVersion: string;
  configurationName: string;
}

/** Returns undefined for a system without a kernel, which cannot be booted. */
export function readSystem(files: StoreFiles, path: string): System | undefined {
  const [kernel, initrd] = [files.find(`${path}/kernel`)?.path, files.find(`${path}/initrd`)?.path];
  if (kernel === undefined || initrd === undefined) return undefined;
  const home = files.get(path).path;
  const folder = kernel.slice(0, kernel.lastIndexOf('/'));
  // Debian's kernels are called vmlinuz-VERSION.
  const kernelVersion = files.names(`${folder}/lib/modules`)[0] ?? /\/vmlinuz-([^/]+)$/.exec(kernel)?.[1] ?? '';
  const read = (name: string): string => (files.text(`${path}/${name}`) ?? '').trim();
  return {
    path: home,
    kernel,
    initrd,
    parameters: `init=${home}/init ${read('kernel-params')}`.trim(),
    version: read('nixos-version') || kernelVersion,
    kernelVersion,
    configurationName: read('configuration-name'),
  };
}

/** The variants of a system, by name. */
export function readSpecialisations(files: StoreFiles, path: string): [string, System][] {
  return files.names(`${path}/specialisation`).flatMap((name): [string, System][] => {
    const system = readSystem(files, `${path}/specialisation/${name}`);
    return system ? [[name, system]] : [];
  });
}

/** The date of every file in the image. */
export const IMAGE_DATE = '1970-01-01';
