/** The attribute `container`: what an image's format says besides the disk. */
import type { ImageFormat } from '../../disk/image-format.ts';
import { ovaHardware, type OvaMachine } from '../../disk/ova/descriptor.ts';
import { parseUuid, seededUuid } from '../../disk/seeded-uuid.ts';
import { MOST_BLOB, plainVmaConfig } from '../../disk/vma/header.ts';
import { STORE_TIME } from '../../store/canonical-files.ts';
import { attributeError, isAttributes, optionalString, type Attributes } from '../attributes.ts';
import type { ContainerOptions } from './write-streamed.ts';

/** The attributes of each format that has any. */
const known = {
  ova: ['name', 'description', 'memory', 'cpus', 'firmware', 'hardware', 'osType'],
  vma: ['config', 'device', 'uuid', 'time'],
};

/** In MiB, and a number: more than any host has. */
const [MOST_MEMORY, MOST_CPUS] = [2 ** 24, 4096];
/** Of what an OVA's names may have. */
const MOST_NAME = 80;
/** Until the year 2286; and what is put in a field of eight bytes. */
const MOST_TIME = 1e10;

const osTypes = { virtualbox: 'Debian_64', vmware: 'debian12_64Guest' } as const;

/** `baseName`: the file's, without its suffix. */
export function readContainer(
  attrs: Attributes,
  { format, baseName, seed }: { format: ImageFormat; baseName: string; seed: string },
): ContainerOptions {
  const value = attrs.container ?? {};
  if (!isAttributes(value)) throw attributeError('container', 'a set', value);
  const names = format === 'ova' ? known.ova : format.startsWith('vma') ? known.vma : [];
  for (const name of Object.keys(value))
    if (!names.includes(name))
      throw attributeError(
        `container.${name}`,
        `left out in the format ${format}${names.length > 0 ? `, which has ${names.join(', ')}` : ''}`,
        value[name],
      );
  return {
    seed,
    baseName,
    time: STORE_TIME,
    ova: readOva(format === 'ova' ? value : {}, baseName),
    vma: readVma(format === 'ova' ? {} : value, baseName, seed),
  };
}

function readOva(value: Attributes, baseName: string): OvaMachine {
  const hardware = one(value, 'hardware', ovaHardware);
  return {
    name: text(value, 'name', MOST_NAME) ?? baseName,
    description: text(value, 'description', MOST_BLOB) ?? '',
    memory: count(value, 'memory', 2048, MOST_MEMORY),
    cpus: count(value, 'cpus', 2, MOST_CPUS),
    firmware: one(value, 'firmware', ['bios', 'efi']),
    hardware,
    osType: text(value, 'osType', MOST_NAME) ?? osTypes[hardware],
  };
}

function readVma(value: Attributes, baseName: string, seed: string): ContainerOptions['vma'] {
  const device = optionalString(value, 'device') ?? 'drive-virtio0';
  if (!/^drive-[a-z]+[0-9]+$/.test(device))
    throw attributeError('container.device', '"drive-" and the name of a disk in the configuration', device);
  const config = optionalString(value, 'config') ?? plainVmaConfig(baseName, device);
  if (Buffer.byteLength(config) > MOST_BLOB || config.includes('\0'))
    throw attributeError('container.config', `the text of a qemu-server.conf, of at most ${MOST_BLOB} bytes`, config);
  const uuid = optionalString(value, 'uuid');
  if (uuid !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid))
    throw attributeError('container.uuid', 'a UUID', uuid);
  const time = value.time ?? STORE_TIME;
  if (typeof time !== 'number' || !Number.isInteger(time) || time < 0 || time > MOST_TIME)
    throw attributeError('container.time', 'a number of seconds since 1970', time);
  return { config, device, time, uuid: uuid === undefined ? seededUuid(seed, 'VMA') : parseUuid(uuid) };
}

/** Defaults to the first. */
function one<T extends string>(value: Attributes, name: string, allowed: readonly [T, ...T[]]): T {
  const given = value[name] ?? allowed[0];
  const found = allowed.find((item) => item === given);
  if (found === undefined) throw attributeError(`container.${name}`, allowed.map((item) => `"${item}"`).join(' or '), given);
  return found;
}

/** A text without control characters, which XML does not have, but for line breaks and tabs. */
function text(value: Attributes, name: string, most: number): string | undefined {
  const given = value[name];
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'string' || given === '' || given.length > most || /[^\t\n\x20-\ufffd]/.test(given))
    throw attributeError(`container.${name}`, `a text of 1 to ${most} characters, without control characters`, given);
  return given;
}

function count(value: Attributes, name: string, fallback: number, most: number): number {
  const given = value[name] ?? fallback;
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 1 || given > most)
    throw attributeError(`container.${name}`, `a whole number from 1 to ${most}`, given);
  return given;
}
