/** Disks of a host, by their headers. */
import { decodeDiskHeader } from '../../vm/overlay.ts';
import { noImageFile, type DiskImage } from '../../vm/image.ts';
import type { MachineHost } from './machine-host.ts';

export type { DiskImage };

/** As `readImage`, of a file of that host: the format according to the file's bytes, which is not to be trusted. Throws `vm/no-image`. */
export async function readImageAt(host: MachineHost, path: string): Promise<DiskImage> {
  const real = await host.canonicalPath(path);
  const facts = real === undefined ? undefined : await host.facts(real);
  if (real === undefined || facts?.type !== 'regular') throw noImageFile(path);
  const header = decodeDiskHeader(await host.readBeginning(real, 1 << 16));
  return {
    ...header,
    path: real,
    virtualSize: header.virtualSize ?? facts.size,
    key: { path: real, size: facts.size, modified: Math.floor(facts.modifiedMs) },
  };
}
