/** What a disk image is to become: its format, and the options that qemu-img has for it. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { readContainer } from '../builders/image/container.ts';
import type { ContainerOptions } from '../builders/image/write-streamed.ts';
import { VMA_PREFIX, type ImageFormat } from '../disk/image-format.ts';

export interface Target {
  format: ImageFormat;
  container: ContainerOptions;
}

export interface TargetRequest {
  /** The file's path. */
  path: string;
  /** A format's name; by default the suffix of the path decides. */
  format: string | undefined;
  compress: boolean;
  /** `name=value`, comma-separated, each. */
  options: readonly string[];
  /** Decides on UUIDs, unless the options do. */
  seed: string;
}

/** The formats' names: qemu-img's, and our own. */
const families = [
  'raw',
  'qcow2',
  'vmdk',
  'vdi',
  'vpc',
  'vhdx',
  'ova',
  'vma',
  'vma.zst',
  'raw.tar.gz',
  'raw.gz',
  'raw.xz',
  'raw.zst',
] as const;
type Family = (typeof families)[number];

/** Longer ones first. */
const suffixes: [RegExp, Family][] = [
  [/\.vma\.zst$/, 'vma.zst'],
  [/\.(tar\.gz|tgz)$/, 'raw.tar.gz'],
  [/\.gz$/, 'raw.gz'],
  [/\.xz$/, 'raw.xz'],
  [/\.zst$/, 'raw.zst'],
  [/\.(raw|img)$/, 'raw'],
  [/\.qcow2$/, 'qcow2'],
  [/\.vmdk$/, 'vmdk'],
  [/\.vdi$/, 'vdi'],
  [/\.(vhd|vpc)$/, 'vpc'],
  [/\.vhdx$/, 'vhdx'],
  [/\.ova$/, 'ova'],
  [/\.vma$/, 'vma'],
];

/** The options of each, with their values; undefined are those that are checked elsewhere. */
const vmaOptions = { config: undefined, device: undefined, uuid: undefined, time: undefined };
const switches = ['on', 'off'];
const known: Partial<Record<Family, Record<string, readonly string[] | undefined>>> = {
  qcow2: { compression_type: ['zlib', 'zstd'], extended_l2: switches },
  vmdk: { subformat: ['monolithicSparse', 'streamOptimized'] },
  vpc: { subformat: ['dynamic', 'fixed'], force_size: ['on'] },
  ova: {
    name: undefined,
    description: undefined,
    memory: undefined,
    cpus: undefined,
    firmware: ['bios', 'efi'],
    hardware: ['virtualbox', 'vmware'],
    osType: undefined,
  },
  vma: vmaOptions,
  'vma.zst': vmaOptions,
};
const numbers = ['memory', 'cpus', 'time'];

/** Throws `convert/unknown-format`, `convert/bad-option` and `convert/bad-name`. */
export function readTarget({ path, format, compress, options, seed }: TargetRequest): Target {
  const family = familyOf(path, format);
  const { seed: givenSeed = seed, ...given } = readOptions(family, options);
  const chosen = chooseFormat(family, given, compress);
  checkName(path, chosen);
  const container = family === 'ova' || family.startsWith('vma') ? given : {};
  return { format: chosen, container: containerOf(container, { format: chosen, baseName: baseNameOf(path), seed: givenSeed }) };
}

function familyOf(path: string, format: string | undefined): Family {
  const found = format === undefined ? suffixes.find(([suffix]) => suffix.test(path))?.[1] : families.find((name) => name === format);
  if (found !== undefined) return found;
  throw new BootflakeError({
    code: 'convert/unknown-format',
    message: format === undefined ? `the name '${path}' says no format` : `there is no format '${format}' that could be written`,
    hint: `Give --format one of ${families.join(', ')}.`,
  });
}

function readOptions(family: Family, options: readonly string[]): Record<string, string> {
  const read: Record<string, string> = {};
  const allowed = known[family] ?? {};
  for (const option of options.flatMap((text) => text.split(',')).filter(Boolean)) {
    const [, name = option, value = ''] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
    if (name !== 'seed' && !Object.hasOwn(allowed, name))
      throw badOption(`the format ${family} has no option '${name}'`, `There are ${[...Object.keys(allowed), 'seed'].join(', ')}.`);
    const values = allowed[name];
    if (values && !values.includes(value)) throw badOption(`-o ${name} is '${value}'`, `Use one of ${values.join(', ')}.`);
    read[name] = value;
  }
  return read;
}

function chooseFormat(family: Family, given: Record<string, string>, compress: boolean): ImageFormat {
  switch (family) {
    case 'qcow2': {
      const isExtended = given.extended_l2 === 'on';
      if (!compress) return isExtended ? 'qcow2-subclusters' : 'qcow2';
      if (isExtended)
        throw badOption('--compress and -o extended_l2=on are given', 'Compressed clusters have no subclusters: leave one out.');
      return given.compression_type === 'zstd' ? 'qcow2-compressed' : 'qcow2-zlib';
    }
    case 'vmdk':
      if (compress && given.subformat === 'monolithicSparse')
        throw badOption('--compress and -o subformat=monolithicSparse are given', 'Only streamOptimized is compressed: leave one out.');
      return compress || given.subformat === 'streamOptimized' ? 'vmdk-stream' : 'vmdk';
    case 'vpc':
      if (compress) throw notCompressed(family);
      return given.subformat === 'fixed' ? 'vpc-fixed' : 'vpc';
    case 'raw':
    case 'vdi':
    case 'vhdx':
    case 'vma':
      if (compress) throw notCompressed(family);
      return family;
    default:
      return family;
  }
}

function notCompressed(family: Family): BootflakeError {
  const instead = family === 'raw' ? ' For a raw disk there are raw.gz, raw.xz and raw.zst.' : family === 'vma' ? ' There is vma.zst.' : '';
  return badOption(`the format ${family} is not compressed`, `Leave --compress out, or use qcow2 or vmdk.${instead}`);
}

function baseNameOf(path: string): string {
  const name = basename(path);
  const found = suffixes.find(([suffix]) => suffix.test(name));
  return (found ? name.replace(found[0], '') : name).replace(/\.(raw|img)$/, '') || name;
}

function checkName(path: string, format: ImageFormat): void {
  const name = basename(path);
  if (format.startsWith('vma') && !(name.startsWith(VMA_PREFIX) && name.endsWith(`.${format}`)))
    throw badName(
      path,
      `Proxmox restores an archive only if it is named ${VMA_PREFIX}SOMETHING.${format}`,
      `Name it ${VMA_PREFIX}${baseNameOf(path)}.${format}.`,
    );
  if (format.startsWith('vmdk') && /["\x00-\x1f]/.test(name))
    throw badName(path, 'a VMDK names its own file, in quotation marks', 'Choose another name.');
  if (format === 'ova' && !/^[\w.+@ -]{1,80}$/.test(baseNameOf(path)))
    throw badName(path, "an OVA's files are named as it is", 'Choose a name of up to 80 letters, digits, spaces and .+@_-.');
}

function badName(path: string, why: string, hint: string): BootflakeError {
  return new BootflakeError({ code: 'convert/bad-name', message: `'${path}' is no name for it: ${why}`, hint });
}

function containerOf(given: Record<string, string>, place: { format: ImageFormat; baseName: string; seed: string }): ContainerOptions {
  const container = Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (name === 'config') return [name, readFileSync(value, 'utf8')];
      return [name, numbers.includes(name) && /^\d{1,15}$/.test(value) ? Number(value) : value];
    }),
  );
  try {
    return readContainer({ container }, place);
  } catch (error) {
    if (!(error instanceof BootflakeError) || error.code !== 'build/bad-attribute') throw error;
    throw badOption(error.message.replace(/the attribute 'container\.(\w+)'/, '-o $1'), error.hint);
  }
}

function badOption(message: string, hint: string | undefined): BootflakeError {
  return new BootflakeError({ code: 'convert/bad-option', message, hint });
}
