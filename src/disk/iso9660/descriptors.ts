/** Volume descriptors: 8 of ECMA-119, and Joliet's supplementary one. */
import { encodeLongDate, paddedText, SECTOR, writeBoth16, writeBoth32 } from './encoding.ts';

export const FIRST_DESCRIPTOR = 16;
const TYPE = { bootRecord: 0, primary: 1, supplementary: 2, terminator: 255 } as const;
/** UCS-2, level 3. */
const JOLIET_ESCAPE = '%/E';
const EL_TORITO = 'EL TORITO SPECIFICATION';

export interface VolumeNames {
  /** At most 32 characters; Joliet has the first 16. */
  volumeId: string;
  systemId?: string | undefined;
  publisher?: string | undefined;
  preparer?: string | undefined;
  application?: string | undefined;
}

export interface Volume extends VolumeNames {
  kind: 'primary' | 'joliet';
  /** Of the whole image. */
  sectors: number;
  pathTable: { size: number; little: number; big: number };
  rootRecord: Buffer;
  /** Seconds since 1970. */
  time: number;
}

function descriptor(type: number): Buffer {
  const b = Buffer.alloc(SECTOR);
  b.writeUInt8(type, 0); // volume descriptor type
  b.write('CD001', 1, 'latin1'); // standard identifier
  b.writeUInt8(1, 6); // volume descriptor version
  return b;
}

export function encodeVolume(volume: Volume): Buffer {
  const isJoliet = volume.kind === 'joliet';
  const b = descriptor(isJoliet ? TYPE.supplementary : TYPE.primary);
  const text = (value: string | undefined, at: number, length: number): void => void b.set(paddedText(value ?? '', length, isJoliet), at);
  text(volume.systemId, 8, 32); // system identifier
  text(volume.volumeId, 40, 32); // volume identifier
  writeBoth32(b, volume.sectors, 80); // volume space size
  if (isJoliet) b.write(JOLIET_ESCAPE, 88, 'latin1'); // escape sequences
  writeBoth16(b, 1, 120); // volume set size
  writeBoth16(b, 1, 124); // volume sequence number
  writeBoth16(b, SECTOR, 128); // logical block size
  writeBoth32(b, volume.pathTable.size, 132); // path table size
  b.writeUInt32LE(volume.pathTable.little, 140); // location of type L path table
  b.writeUInt32BE(volume.pathTable.big, 148); // location of type M path table
  b.set(volume.rootRecord, 156); // directory record for root directory
  text('', 190, 128); // volume set identifier
  text(volume.publisher, 318, 128); // publisher identifier
  text(volume.preparer, 446, 128); // data preparer identifier
  text(volume.application, 574, 128); // application identifier
  text('', 702, 37); // copyright file identifier
  text('', 739, 37); // abstract file identifier
  text('', 776, 37); // bibliographic file identifier
  b.set(encodeLongDate(volume.time), 813); // volume creation date and time
  b.set(encodeLongDate(volume.time), 830); // volume modification date and time
  b.set(encodeLongDate(undefined), 847); // volume expiration date and time
  b.set(encodeLongDate(undefined), 864); // volume effective date and time
  b.writeUInt8(1, 881); // file structure version
  return b;
}

/** El Torito 1.0, section 2: names the sector of the boot catalog. It is always the second descriptor. */
export function encodeBootRecord(catalogSector: number): Buffer {
  const b = descriptor(TYPE.bootRecord);
  b.write(EL_TORITO, 7, 'latin1'); // boot system identifier
  b.writeUInt32LE(catalogSector, 0x47); // pointer to boot catalog
  return b;
}

export function encodeTerminator(): Buffer {
  return descriptor(TYPE.terminator);
}
