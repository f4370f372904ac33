import { BootflakeError } from '../base/errors.ts';
import { shellQuote } from '../base/shell-quote.ts';
import { canonicalPath, fileFacts, listNames, readBeginning } from '../system/file-operations.ts';
import { checkRawDisk } from './image-format.ts';
import { decodeDiskHeader, type DiskHeader, type ImageKey } from './overlay.ts';

export interface DiskImage extends DiskHeader {
  /** Absolute, without symlinks. */
  path: string;
  /** Bytes that a guest sees. */
  virtualSize: number;
  key: ImageKey;
}

/**
 * Finds a disk image by its path, or by the path of a build result that contains one. A format in its name takes precedence over its bytes:
 * a guest writes the bytes of a raw disk, and could make it a qcow2 over any file of this machine. Throws `vm/no-image`, `vm/not-an-image`,
 * `vm/unclear-format`, and `vm/other-files` for an image that depends on another file.
 */
export function findImage(path: string): DiskImage {
  const file = imageFile(path);
  const image = readImage(file);
  const named = /\.qcow2$/.test(image.path) ? 'qcow2' : /\.(raw|img)$/.test(image.path) ? 'raw' : image.format;
  if (image.format !== named) throw unclearFormat(image.path, image.format);
  if (image.format === 'raw') checkRawDisk(file, readBeginning(image.path, 1 << 16));
  if (image.backing !== undefined || image.externalData) throw needsOtherFile(image);
  return image;
}

function imageFile(path: string): string {
  const real = canonicalPath(path);
  const type = real === undefined ? undefined : fileFacts(real)!.type;
  if (real === undefined || type === undefined) throw noImage(`'${path}' does not exist`);
  if (type === 'regular') return path;
  const all = listNames(real);
  const names = all.filter((name) => /\.(qcow2|raw|img)$/.test(name));
  if (names.length === 1) return `${real}/${names[0]!}`;
  const foreign = all.find((name) => /\.(vmdk|vdi|vhdx?)$/.test(name));
  if (names.length === 0 && foreign !== undefined) throw forOtherHosts(`${path}/${foreign}`);
  throw noImage(
    names.length === 0
      ? `there is no disk image (*.qcow2, *.raw, *.img) in '${path}'`
      : `there are several disk images in '${path}': ${names.join(', ')}`,
  );
}

/** The format according to the file's bytes, which is not to be trusted: see `findImage`. */
export function readImage(path: string): DiskImage {
  const real = canonicalPath(path);
  const facts = real === undefined ? undefined : fileFacts(real);
  if (real === undefined || facts?.type !== 'regular') throw noImageFile(path);
  const header = decodeDiskHeader(readBeginning(real, 1 << 16));
  return {
    ...header,
    path: real,
    virtualSize: header.virtualSize ?? facts.size,
    key: { path: real, size: facts.size, modified: Math.floor(facts.modifiedMs) },
  };
}

function unclearFormat(path: string, found: 'qcow2' | 'raw'): BootflakeError {
  if (found === 'raw')
    return new BootflakeError({
      code: 'vm/unclear-format',
      message: `'${path}' is not a qcow2 file, although its name says so`,
      hint: `Rename it to ${path.replace(/qcow2$/, 'raw')} if it is a raw disk.`,
    });
  return new BootflakeError({
    code: 'vm/unclear-format',
    message:
      `'${path}' begins like a qcow2 file, but its name does not say so: ` +
      'a guest can write that to a raw disk to read files of this machine',
    hint: `Rename it to ${path.replace(/\.(raw|img)$/, '')}.qcow2 if it is one.`,
  });
}

function needsOtherFile({ path, backing }: DiskImage): BootflakeError {
  const other = backing === undefined ? 'keeps its data in another file' : `lies over another file, '${backing}'`;
  return new BootflakeError({
    code: 'vm/other-files',
    message: `the image '${path}' ${other}: a guest would see the contents of that`,
    hint:
      backing === undefined
        ? `make it one file: ${shellQuote(['qemu-img', 'convert', '-O', 'qcow2', path, 'whole.qcow2'])}`
        : `if it is a disk of yours, name its image: ${shellQuote(['bootflake', 'run', backing, '--disk', path])}`,
  });
}

function forOtherHosts(path: string): BootflakeError {
  return new BootflakeError({
    code: 'vm/no-image',
    message: `'${path}' is an image for other hosts: qcow2 and raw images are booted here`,
    hint: 'Set format = "qcow2" in the call of make-disk-image.nix, or build both.',
  });
}

export const noImageFile = (path: string): BootflakeError => noImage(`'${path}' is no file`);

function noImage(message: string): BootflakeError {
  return new BootflakeError({
    code: 'vm/no-image',
    message,
    hint: 'Name an image file, a result of bootflake build, or an installable such as .#build-qcow2.',
  });
}
