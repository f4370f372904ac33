/** Disks of a host, by their headers. */
import { decodeDiskHeader } from '../../vm/overlay.ts';
import { noImageFile, type DiskImage } from '../../vm/image.ts';
import type { MachineHost } from './machine-host.ts';

export type { DiskImage };

/** As `readImage`, of a file of that host: the format according to the file's bytes, which is not to be trusted. Throws `vm/no-image`. */
export async function readImageAt(host: MachineHost, path: string): Promise<DiskImage> {
  const found = await host.readBeginning(path, 1 << 16);
  if (!found) throw noImageFile(path);
  const { path: real, size, modifiedMs, bytes } = found;
  const header = decodeDiskHeader(bytes);
  return { ...header, path: real, virtualSize: header.virtualSize ?? size, key: { path: real, size, modified: Math.floor(modifiedMs) } };
}
