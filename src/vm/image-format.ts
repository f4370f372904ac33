/** Detects from a file's first bytes whether it can be a bootable disk, and what else it is, for the hint. */
import { BootflakeError } from '../base/errors.ts';

interface ForeignFormat {
  name: string;
  at: number;
  magic: Uint8Array;
  /** The command that converts it to a disk image; FILE stands for its name. */
  advice: string;
}

const text = (characters: string): Uint8Array => Buffer.from(characters, 'latin1');
const convert = 'Convert it: bootflake convert FILE nixos.qcow2';
const unpack = (program: string): string => `Unpack it first: ${program} FILE`;

/** Images of other virtual machines (magic numbers as in qemu's block/*.c) and compressed files. */
const foreignFormats: ForeignFormat[] = [
  { name: 'a VMDK image', at: 0, magic: text('KDMV'), advice: convert },
  { name: 'a VMDK image', at: 0, magic: text('# Disk DescriptorFile'), advice: convert },
  { name: 'a VDI image', at: 64, magic: text('\x7f\x10\xda\xbe'), advice: convert },
  { name: 'a VHDX image', at: 0, magic: text('vhdxfile'), advice: convert },
  { name: 'a VHD image', at: 0, magic: text('conectix'), advice: convert },
  { name: 'a QED image', at: 0, magic: text('QED\0'), advice: 'Convert it: qemu-img convert -f qed -O qcow2 FILE nixos.qcow2' },
  { name: 'packed by gzip', at: 0, magic: text('\x1f\x8b'), advice: unpack('gunzip') },
  { name: 'packed by xz', at: 0, magic: text('\xfd7zXZ\0'), advice: unpack('unxz') },
  { name: 'packed by zstd', at: 0, magic: text('\x28\xb5\x2f\xfd'), advice: unpack('unzstd') },
  { name: 'packed by bzip2', at: 0, magic: text('BZh'), advice: unpack('bunzip2') },
  { name: 'a zip archive', at: 0, magic: text('PK\x03\x04'), advice: unpack('unzip') },
];

/**
 * A raw disk has a master boot record (its last two bytes are 55 aa) or a GUID partition table in its second sector, of 512 or 4,096 bytes.
 */
const bootable: Pick<ForeignFormat, 'at' | 'magic'>[] = [
  { at: 510, magic: text('\x55\xaa') },
  { at: 512, magic: text('EFI PART') },
  { at: 4096, magic: text('EFI PART') },
];

/** `beginning`: the first 64 KiB of a file that is not a qcow2. Throws `vm/not-an-image` if no firmware can boot it. */
export function checkRawDisk(file: string, beginning: Uint8Array): void {
  if (bootable.some((mark) => isAt(beginning, mark))) return;
  const foreign = foreignFormats.find((format) => isAt(beginning, format));
  throw new BootflakeError({
    code: 'vm/not-an-image',
    message: foreign
      ? `'${file}' is ${foreign.name}, no raw or qcow2 disk image`
      : `'${file}' is no disk image: it is no qcow2, and has no partition table`,
    hint: foreign
      ? foreign.advice.replace('FILE', `'${file}'`)
      : file.endsWith('.nix')
        ? nixAdvice
        : 'Name an image file, a result of bootflake build, or an installable such as .#build-qcow2.',
  });
}

const nixAdvice = 'Run the configuration from its flake: bootflake run .#NAME. Run: bootflake flake show  to list the names.';

function isAt(bytes: Uint8Array, { at, magic }: Pick<ForeignFormat, 'at' | 'magic'>): boolean {
  return bytes.length >= at + magic.length && magic.every((byte, i) => bytes[at + i] === byte);
}
