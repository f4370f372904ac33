import { BootflakeError } from '../base/errors.ts';
import { canonicalPath, fileFacts, listNames, readBeginning } from '../io/file-operations.ts';
import { checkRawDisk } from './image-format.ts';
import { decodeDiskHeader, type DiskHeader, type ImageKey } from './overlay.ts';

export interface DiskImage extends DiskHeader {
  /** Absolute, without symlinks. */
  path: string;
  /** Bytes that a guest sees. */
  virtualSize: number;
  key: ImageKey;
}

/** A disk image to boot by its path, or by the path of a build's result that holds one. Fails with `vm/no-image`, `vm/not-an-image`. */
export function findImage(path: string): DiskImage {
  const real = canonicalPath(path);
  const type = real === undefined ? undefined : fileFacts(real)!.type;
  if (real === undefined || type === undefined) throw noImage(`'${path}' does not exist`);
  if (type === 'regular') return bootable(path);
  const names = listNames(real).filter((name) => /\.(qcow2|raw|img)$/.test(name));
  if (names.length === 1) return bootable(`${real}/${names[0]!}`);
  throw noImage(names.length === 0 ? `there is no disk image (*.qcow2, *.raw, *.img) in '${path}'` : `there are several disk images in '${path}': ${names.join(', ')}`);
}

function bootable(path: string): DiskImage {
  const image = readImage(path);
  if (image.format === 'raw') checkRawDisk(path, readBeginning(image.path, 1 << 16));
  return image;
}

/** The image at a path that is a regular file. */
export function readImage(path: string): DiskImage {
  const real = canonicalPath(path);
  const facts = real === undefined ? undefined : fileFacts(real);
  if (real === undefined || facts?.type !== 'regular') throw noImage(`'${path}' is no file`);
  const header = decodeDiskHeader(readBeginning(real, 1 << 16));
  return { ...header, path: real, virtualSize: header.virtualSize ?? facts.size, key: { path: real, size: facts.size, modified: Math.floor(facts.modifiedMs) } };
}

function noImage(message: string): BootflakeError {
  return new BootflakeError({ code: 'vm/no-image', message, hint: 'Name an image file, a result of bootflake build, or an installable such as .#build-qcow2.' });
}
