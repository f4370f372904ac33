/** The sizes of a FAT volume: Microsoft's "FAT32 File System Specification" (fatgen103), which covers FAT12 and FAT16 too. */
export const SECTOR = 512;

export interface FatGeometry {
  bits: 12 | 16 | 32;
  sectors: number;
  sectorsPerCluster: number;
  reservedSectors: number;
  /** Of one of the two FATs. */
  fatSectors: number;
  /** 0 on FAT32, whose root directory is a chain of clusters. */
  rootEntries: number;
  rootSectors: number;
  clusters: number;
  /** The sector of cluster 2. */
  dataStart: number;
}

/** A volume with fewer clusters is FAT12 or FAT16: only the number of clusters distinguishes them. */
const FAT16_CLUSTERS = 4085;
const FAT32_CLUSTERS = 65525;

/** Returns the geometry with the widest FAT for which a volume of `size` bytes has enough clusters. */
export function fatGeometry(size: number): FatGeometry {
  const sectors = Math.floor(size / SECTOR);
  const candidates: [12 | 16 | 32, number][] = [
    [32, fat32ClusterSectors(size)],
    [16, 1],
    [16, 2],
    [16, 4],
    [16, 8],
    [16, 16],
    [16, 32],
    [12, 1],
    [12, 2],
    [12, 4],
    [12, 8],
  ];
  for (const [bits, sectorsPerCluster] of candidates) {
    const geometry = measure(bits, sectors, sectorsPerCluster);
    if (geometry && suits(geometry)) return geometry;
  }
  throw new RangeError(`no FAT of ${size} bytes`);
}

/** As mkfs.fat chooses. */
function fat32ClusterSectors(size: number): number {
  const mebibytes = size / 2 ** 20;
  const steps: [number, number][] = [
    [260, 1],
    [8 * 1024, 8],
    [16 * 1024, 16],
    [32 * 1024, 32],
  ];
  return steps.find(([upTo]) => mebibytes <= upTo)?.[1] ?? 64;
}

/** The distance from the limits that fatgen103 advises, as some readers get them wrong. */
const MARGIN = 16;

function suits({ bits, clusters }: FatGeometry): boolean {
  if (bits === 32) return clusters >= FAT32_CLUSTERS + MARGIN;
  if (bits === 16) return clusters >= FAT16_CLUSTERS + MARGIN && clusters < FAT32_CLUSTERS - MARGIN;
  return clusters > 0 && clusters < FAT16_CLUSTERS - MARGIN;
}

function measure(bits: 12 | 16 | 32, sectors: number, sectorsPerCluster: number): FatGeometry | undefined {
  const reservedSectors = bits === 32 ? 32 : 1;
  const rootEntries = bits === 32 ? 0 : 512;
  const rootSectors = (rootEntries * 32) / SECTOR;
  const available = sectors - reservedSectors - rootSectors;
  let fatSectors = 1;
  for (;;) {
    const clusters = Math.floor((available - 2 * fatSectors) / sectorsPerCluster);
    if (clusters <= 0) return undefined;
    const needed = Math.ceil(((clusters + 2) * bits) / 8 / SECTOR);
    if (needed <= fatSectors) {
      return {
        bits,
        sectors,
        sectorsPerCluster,
        reservedSectors,
        fatSectors,
        rootEntries,
        rootSectors,
        clusters,
        dataStart: reservedSectors + 2 * fatSectors + rootSectors,
      };
    }
    fatSectors = needed;
  }
}
