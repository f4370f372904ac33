/**
 * Reports a disk that is too small before anything is downloaded for it. Only certain cases are reported here: Debian's sizes include the
 * documentation that we leave out, so a case near the limit is left to the image writer, which knows every file.
 */
import { BootflakeError } from '../base/errors.ts';
import { overhead } from '../disk/image/layout.ts';
import type { Store } from '../store/store.ts';
import type { DerivationGraph, DerivationNode } from './derivation-graph.ts';
import { readImageAttributes } from '../builders/image/attributes.ts';
import { limitHint } from '../builders/image/too-small.ts';

const MiB = 1 << 20;
/** The least share of a package's stated size that remains without documentation and locales. */
const leastShare = 0.6;

interface PackageSize {
  name: string;
  bytes: number;
  /** The least size that it takes. */
  least: number;
}

/** Throws `disk/too-small`. */
export function checkDiskSizes(graph: DerivationGraph, store: Store, missing: DerivationNode[]): void {
  if (!missing.some((node) => node.builder === 'builtin:debian-package')) return;
  for (const node of missing) if (node.builder === 'builtin:disk-image') checkDiskSize(graph, store, node);
}

function checkDiskSize(graph: DerivationGraph, store: Store, image: DerivationNode): void {
  const { size, root, toplevel, partitionTableType, bootSize } = readImageAttributes(image.attrs);
  const { before, after } = overhead(partitionTableType, bootSize);
  const partition = size === undefined ? root.most : size - before - after;
  if (partition === undefined || toplevel === undefined) return;
  const system = graph.inputsOf(image).find(({ node, outputs }) => outputs.some((output) => node.outputPath(output) === toplevel));
  if (!system) return;
  const packages = packageSizes(graph, store, system.node);
  if (sum(packages.map(({ least }) => least)) > partition) throw tooSmall(packages, partition, size);
}

/** The Debian packages below a derivation, biggest first. */
export function packageSizes(graph: DerivationGraph, store: Store, from: DerivationNode): PackageSize[] {
  const sizes = graph.reachable(from).flatMap((node): PackageSize[] => {
    if (node.builder !== 'builtin:debian-package') return [];
    const name = String(node.attrs.pname ?? node.name);
    const info = store.queryPathInfo(node.outputPath('out'));
    if (info) return [{ name, bytes: info.narSize, least: info.narSize * 0.95 }];
    const bytes = installedBytes(node);
    return [{ name, bytes, least: bytes * leastShare }];
  });
  return sizes.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

/** Debian's Installed-Size is in KiB. */
export function installedBytes(node: DerivationNode): number {
  const { installedSize } = node.attrs;
  return typeof installedSize === 'number' ? installedSize * 1024 : 0;
}

/** `diskSize` is undefined for a disk that follows from its contents, with a partition that is limited. */
function tooSmall(packages: PackageSize[], partition: number, diskSize: number | undefined): BootflakeError {
  const closure = sum(packages.map(({ bytes }) => bytes));
  const biggest = packages.slice(0, 5).map(({ name, bytes }) => `  ${mebibytes(bytes).padStart(9)}  ${name}`);
  // A quarter more for the file system's own needs and some free space, in steps of 64 MiB.
  const enough = Math.ceil((closure * 1.25 + (diskSize ?? partition) - partition) / MiB / 64) * 64;
  const by = sum(packages.map(({ least }) => least)) - partition;
  return new BootflakeError({
    code: 'disk/too-small',
    message: [
      `the disk is too small by at least ${mebibytes(by)}: closure ${mebibytes(closure)} (as Debian states it), root partition ` +
        `${mebibytes(partition)} (${diskSize === undefined ? 'its SizeMaxBytes' : `diskSize = ${diskSize / MiB}`})`,
      'the biggest packages:',
      ...biggest,
    ].join('\n'),
    hint:
      diskSize === undefined
        ? limitHint(enough)
        : `Set diskSize = ${enough} or more, or diskSize = "auto", in the arguments of make-disk-image.nix`,
  });
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MiB)} MiB`;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
