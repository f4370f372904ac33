import { BootflakeError } from '../../base/errors.ts';
import { diskUsage } from '../../tree/disk-usage.ts';
import type { FileNode } from '../../tree/file-tree.ts';

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** All in bytes. */
export interface TooSmall {
  contentSize: number;
  rootSize: number;
  /** The size of a sufficient disk. */
  neededDisk: number;
  diskSize: number;
  /** It follows from the root partition's greatest size. */
  isLimited?: boolean;
}

/** What the root partition has to have, in MiB. */
export function limitHint(needed: number): string {
  return `Set image.repart.partitions.root.repartConfig.SizeMaxBytes = "${needed}M" or more, or leave it out.`;
}

/** `disk/too-small`, with the largest store paths. A file of several paths counts for the first. */
export function diskTooSmall(
  { contentSize, rootSize, neededDisk, diskSize, isLimited = false }: TooSmall,
  storePaths: Map<string, FileNode>,
): BootflakeError {
  const counted = new Set<FileNode>();
  const sizes = [...storePaths].map(([path, node]) => ({ path, size: diskUsage(node, counted) })).sort((a, b) => b.size - a.size);
  const biggest = sizes.slice(0, 5).map(({ path, size }) => `  ${mebibytes(size).padStart(9)}  ${path}`);
  const needed = Math.ceil(neededDisk / 2 ** 20);
  return new BootflakeError({
    code: 'disk/too-small',
    message: [
      `the disk is too small by ${mebibytes(neededDisk - diskSize)}: closure ${mebibytes(contentSize)}, root partition ` +
        `${mebibytes(rootSize)} (${isLimited ? 'its SizeMaxBytes' : `diskSize = ${diskSize / 2 ** 20}`})`,
      ...(biggest.length > 0 ? ['the biggest store paths:', ...biggest] : []),
    ].join('\n'),
    hint: isLimited
      ? limitHint(Math.ceil((rootSize + neededDisk - diskSize) / 2 ** 20))
      : `Set diskSize = ${needed} or more (which leaves no free space), or diskSize = "auto".`,
  });
}
