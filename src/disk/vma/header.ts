/**
 * The header of a VMA, the archive of a machine that Proxmox restores: "VMA - Virtual Machine Archive", vma_spec.txt of pve-qemu. All
 * numbers big-endian, but for the lengths of blobs. Names and files are blobs behind the header, which point at them.
 */
import { createHash } from 'node:crypto';

const HEADER_LENGTH = 12_288;
const STEP = 512;
/** The most bytes of a blob, whose length has 16 bits. */
export const MOST_BLOB = 65_535;
/** Number of the only disk: 0 is none. */
export const DISK_NUMBER = 1;

/** Offsets of the header's fields. */
const FIELD = {
  magic: 0,
  version: 4,
  uuid: 8,
  time: 24,
  md5: 32,
  blobOffset: 48,
  blobLength: 52,
  headerLength: 56,
  configNames: 2044,
  configData: 3068,
  devices: 4096,
} as const;
const DEVICE_LENGTH = 32;
/** In a device's description. */
const [DEVICE_NAME, DEVICE_SIZE] = [0, 8];
const VERSION = 1;
/** The name that Proxmox looks for. */
const CONFIG_NAME = 'qemu-server.conf';

export interface VmaOptions {
  /** 16 bytes in the order of a UUID's text. */
  uuid: Uint8Array;
  /** In seconds since 1970. */
  time: number;
  /** The text of qemu-server.conf, at most `MOST_BLOB` bytes. */
  config: string;
  /** Of the disk: `drive-` and its name in the configuration, such as `drive-virtio0`. */
  device: string;
}

/** `size` is the disk's, in bytes. Throws RangeError for a text that is too long. */
export function encodeVmaHeader(size: number, { uuid, time, config, device }: VmaOptions): Buffer {
  // The offset 0 means that there is none.
  let blobs = Buffer.alloc(1);
  const add = (bytes: Buffer): number => {
    if (bytes.length > MOST_BLOB) throw new RangeError(`${bytes.length} bytes are more than a VMA's blob can have, ${MOST_BLOB}`);
    const at = blobs.length;
    const length = Buffer.alloc(2);
    length.writeUInt16LE(bytes.length);
    blobs = Buffer.concat([blobs, length, bytes]);
    return at;
  };
  const text = (characters: string): Buffer => Buffer.from(`${characters}\0`, 'utf8');
  const configName = add(text(CONFIG_NAME));
  const configData = add(Buffer.from(config, 'utf8'));
  const deviceName = add(text(device));
  const b = Buffer.alloc(Math.ceil((HEADER_LENGTH + blobs.length) / STEP) * STEP);
  b.write('VMA\0', FIELD.magic, 'latin1');
  b.writeUInt32BE(VERSION, FIELD.version);
  b.set(uuid, FIELD.uuid);
  b.writeBigInt64BE(BigInt(time), FIELD.time);
  b.writeUInt32BE(HEADER_LENGTH, FIELD.blobOffset);
  b.writeUInt32BE(blobs.length, FIELD.blobLength);
  b.writeUInt32BE(b.length, FIELD.headerLength);
  b.writeUInt32BE(configName, FIELD.configNames);
  b.writeUInt32BE(configData, FIELD.configData);
  const at = FIELD.devices + DISK_NUMBER * DEVICE_LENGTH;
  b.writeUInt32BE(deviceName, at + DEVICE_NAME);
  b.writeBigUInt64BE(BigInt(size), at + DEVICE_SIZE);
  blobs.copy(b, HEADER_LENGTH);
  createHash('md5').update(b).digest().copy(b, FIELD.md5);
  return b;
}

/**
 * A configuration for a machine of which nothing else is known: a processor, a disk, a network card, a serial console. The comment at its
 * end is the one from which Proxmox learns which disk of the archive is which.
 */
export function plainVmaConfig(name: string, device: string): string {
  const disk = device.replace(/^drive-/, '');
  return [
    `boot: order=${disk}`,
    'cores: 1',
    'memory: 2048',
    `name: ${name.replace(/[^A-Za-z0-9-]/g, '-')}`,
    'net0: virtio=00:00:00:00:00:00,bridge=vmbr0',
    'ostype: l26',
    'scsihw: virtio-scsi-pci',
    'serial0: socket',
    `${disk}: local-lvm:vm-9999-disk-0`,
    `#qmdump#map:${disk}:${device}:local-lvm:raw:`,
    '',
  ].join('\n');
}
