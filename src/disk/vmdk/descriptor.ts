/** The text in a VMDK that describes it. */
import { seededBytes } from '../seeded-uuid.ts';
import { SECTOR } from './header.ts';

/** Of an adapter for SCSI, which every guest of VMware has. */
const [HEADS, SECTORS_PER_TRACK] = [255, 63];

export interface VmdkDescriptor {
  seed: string;
  /** A file's name, without quotation marks and line breaks. */
  fileName: string;
  /** Of the disk, in bytes. */
  size: number;
  kind: 'monolithicSparse' | 'streamOptimized';
}

/** Sectors that the text gets. */
export const DESCRIPTOR_SECTORS = 20;

/** Throws RangeError for a file's name that the text cannot hold. */
export function encodeDescriptor({ seed, fileName, size, kind }: VmdkDescriptor): Buffer {
  if (/["\x00-\x1f]/.test(fileName)) throw new RangeError(`no name for a VMDK: ${JSON.stringify(fileName)}`);
  const sectors = size / SECTOR;
  return Buffer.from(
    [
      '# Disk DescriptorFile',
      'version=1',
      `CID=${contentId(seed)}`,
      'parentCID=ffffffff',
      `createType="${kind}"`,
      '',
      '# Extent description',
      `RW ${sectors} SPARSE "${fileName}"`,
      '',
      '# The Disk Data Base',
      '#DDB',
      '',
      'ddb.virtualHWVersion = "14"',
      `ddb.geometry.cylinders = "${Math.min(65_535, Math.ceil(sectors / HEADS / SECTORS_PER_TRACK))}"`,
      `ddb.geometry.heads = "${HEADS}"`,
      `ddb.geometry.sectors = "${SECTORS_PER_TRACK}"`,
      'ddb.adapterType = "lsilogic"',
      '',
    ].join('\n'),
  );
}

/** Eight hexadecimal digits, which must not be those of "no parent". */
function contentId(seed: string): string {
  const id = seededBytes(seed, 'VMDK', 4).toString('hex');
  return id === 'ffffffff' ? 'fffffffe' : id;
}
