import type { DiskDescription } from '../vm/qemu-arguments.ts';
import { stateDisk } from '../vm/disk.ts';
import { emptyDisk, instanceFiles as files } from './launch-script.ts';
import type { Manifest } from './manifest.ts';

/** The file of a further disk. */
export const furtherDisk = (name: string): string => `disk-${name}.qcow2`;

type Disks = Pick<Manifest, 'state' | 'disks' | 'features'>;

/**
 * The disks of a machine in qemu's order: those that NixOS's options declare are found by their place, the others by their serial numbers.
 * Their files have no folder: the script runs qemu in the machine's own.
 */
export function instanceDisks({ state, disks, features }: Disks): [DiskDescription, ...DiskDescription[]] {
  return [
    { file: files.system, format: 'qcow2' },
    ...(features?.emptyDisks ?? []).map(({ serial }, i) => ({
      file: emptyDisk(i),
      format: 'raw' as const,
      ...(serial !== undefined && { serial }),
    })),
    ...(state ? [stateDisk(files.state)] : []),
    ...disks.map((name) => ({ file: furtherDisk(name), format: 'qcow2' as const, serial: name })),
  ];
}

/** The machine protocol's name of a machine's disk. */
export function driveOf(manifest: Disks, file: string): string {
  return `drive${instanceDisks(manifest).findIndex((disk) => disk.file === file) + 1}`;
}
