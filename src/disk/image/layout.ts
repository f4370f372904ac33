/** The places of a disk's partitions, for each partition table that nixpkgs' make-disk-image.nix offers. */
export const partitionTableTypes = ['hybrid', 'legacy+gpt', 'legacy', 'legacy+boot', 'efi', 'efixbootldr', 'none'] as const;
export type PartitionTableType = (typeof partitionTableTypes)[number];

const MiB = 2 ** 20;
const SECTOR = 512;

export type PartitionKind = 'esp' | 'boot' | 'core' | 'root';

/** In bytes; `length` follows from the disk's size. */
export interface Region {
  start: number;
  length: number;
}

export interface DiskLayout {
  size: number;
  table: 'gpt' | 'mbr' | 'none';
  esp?: Region;
  /** A FAT partition for kernels and menus, besides the EFI system partition. */
  boot?: Region;
  /** Where GRUB's core image goes. */
  core?: Region;
  root: Region;
  /** In the table's order. */
  partitions: { kind: PartitionKind; name: string; region: Region }[];
}

const ESP_START = 8 * MiB;
/** The end of the EFI system partition where kernels have their own partition. */
const SMALL_ESP_END = 100 * MiB;
/** GPT: directly after the table, up to the first mebibyte. MBR: the gap before the first partition. */
const gptGap: Region = { start: 34 * SECTOR, length: MiB - 34 * SECTOR };
const mbrGap: Region = { start: SECTOR, length: MiB - SECTOR };

/** Bytes before and after the root partition. The last mebibyte holds the GPT's copy and keeps the end aligned. */
export function overhead(type: PartitionTableType, bootSize: number): { before: number; after: number } {
  if (type === 'hybrid' || type === 'efi' || type === 'efixbootldr') return { before: bootSize, after: MiB };
  if (type === 'legacy+boot') return { before: bootSize, after: 0 };
  if (type === 'legacy+gpt') return { before: 2 * MiB, after: MiB };
  return { before: type === 'legacy' ? MiB : 0, after: 0 };
}

/** `bootSize` is the end of the last partition for booting, in bytes, as in nixpkgs. */
export function diskLayout(type: PartitionTableType, size: number, bootSize: number): DiskLayout {
  const { before, after } = overhead(type, bootSize);
  const root: Region = { start: before, length: size - before - after };
  const esp: Region = { start: ESP_START, length: bootSize - ESP_START };
  const rootPart = { kind: 'root', name: 'primary', region: root } as const;
  switch (type) {
    case 'hybrid':
      return {
        size,
        table: 'gpt',
        esp,
        core: gptGap,
        root,
        partitions: [{ kind: 'esp', name: 'ESP', region: esp }, { kind: 'core', name: 'no-fs', region: gptGap }, rootPart],
      };
    case 'efi':
      return { size, table: 'gpt', esp, root, partitions: [{ kind: 'esp', name: 'ESP', region: esp }, rootPart] };
    case 'efixbootldr': {
      const small: Region = { start: ESP_START, length: SMALL_ESP_END - ESP_START };
      const boot: Region = { start: SMALL_ESP_END, length: bootSize - SMALL_ESP_END };
      return {
        size,
        table: 'gpt',
        esp: small,
        boot,
        root,
        partitions: [
          { kind: 'esp', name: 'ESP', region: small },
          { kind: 'boot', name: 'BOOT', region: boot },
          { ...rootPart, name: 'ROOT' },
        ],
      };
    }
    case 'legacy+boot': {
      const boot: Region = { start: MiB, length: bootSize - MiB };
      return { size, table: 'mbr', core: mbrGap, boot, root, partitions: [{ kind: 'boot', name: 'BOOT', region: boot }, rootPart] };
    }
    case 'legacy+gpt': {
      const core: Region = { start: MiB, length: MiB };
      return { size, table: 'gpt', core, root, partitions: [{ kind: 'core', name: 'no-fs', region: core }, rootPart] };
    }
    case 'legacy':
      return { size, table: 'mbr', core: mbrGap, root, partitions: [rootPart] };
    case 'none':
      return { size, table: 'none', root, partitions: [] };
  }
}

/** The smallest end of an EFI system partition, in bytes, with enough clusters for FAT32. */
export const DEFAULT_BOOT_SIZE = 48 * MiB;

/** The minimum of `bootSize`, in bytes; undefined for a table without a partition for booting. */
export function minimumBootSize(type: PartitionTableType): number | undefined {
  const { esp, boot } = diskLayout(type, 0, 0);
  const last = boot ?? esp;
  return last && last.start + MiB;
}

/** What /boot is on. */
export function bootPartition(type: PartitionTableType): 'esp' | 'boot' | 'root' {
  const { esp, boot } = diskLayout(type, 0, 0);
  return boot ? 'boot' : esp ? 'esp' : 'root';
}

/** GRUB's name of a partition on its disk: "gpt3". Does not depend on the layout's sizes. */
export function grubPartition(type: PartitionTableType, kind: PartitionKind): string {
  const { table, partitions } = diskLayout(type, 0, 0);
  const number = partitions.findIndex((partition) => partition.kind === kind) + 1;
  return table === 'gpt' ? `gpt${number}` : `msdos${number}`;
}

export function rootPartition(type: PartitionTableType): string {
  return grubPartition(type, 'root');
}
