/** The additional attributes of builtin:disk-image when `layout` is "nixos": the arguments of nixpkgs' make-disk-image.nix. */
import { parseUuid } from '../../../disk/seeded-uuid.ts';
import type { GivenUuids } from '../../../disk/image/plan.ts';
import { attributeError, booleanAttribute, isAttributes, optionalString, stringAttribute, type Attributes } from '../../attributes.ts';

export interface NixosAttributes {
  toplevel: string;
  /** The file system holds only the store paths themselves. */
  onlyStore: boolean;
  /** The tree of root's channel. */
  channel: string | undefined;
  configFile: string | undefined;
  bootLoader: BootLoader;
  uuids: GivenUuids;
}

export type BootLoader = GrubSettings | SystemdBootSettings | { kind: 'none' };

/** `boot.loader.grub`, under its names. Paths are of the store. */
export interface GrubSettings {
  kind: 'grub';
  distroName: string;
  /** Folder of the program for UEFI. */
  bootloaderId: string;
  /** GRUB's packages; absent if not for such machines. `biosCore` is the output of builtin:grub-core. */
  bios: string | undefined;
  biosCore: string | undefined;
  efi: string | undefined;
  removable: boolean;
  users: { name: string; password: string | undefined; hashedPassword: string | undefined }[];
  /** Seconds; -1: for ever. */
  timeout: number;
  timeoutStyle: string;
  default: string;
  extraConfig: string;
  extraPerEntryConfig: string;
  extraEntries: string;
  extraEntriesBeforeNixOS: boolean;
  /** By their path below /boot. */
  extraFiles: [string, string][];
  /** Symbolic links by their path below /boot, and what they name. */
  links: [string, string][];
  entryOptions: string;
  subEntryOptions: string;
  copyKernels: boolean;
  fsIdentifier: string;
  font: string | undefined;
  splashImage: string | undefined;
  splashMode: string;
  backgroundColor: string | undefined;
  theme: string | undefined;
  gfxmode: { bios: string; efi: string };
  gfxpayload: { bios: string; efi: string };
}

/** `boot.loader.systemd-boot`. */
export interface SystemdBootSettings {
  kind: 'systemd-boot';
  distroName: string;
  systemd: string;
  timeout: string | undefined;
  editor: boolean;
  consoleMode: string;
  sortKey: string | undefined;
  /** Further entries, by file name. */
  entries: [string, string][];
  /** Further files, by their path. */
  files: [string, string][];
  /** Kernels and entries are on a separate partition. */
  xbootldr: boolean;
}

export function readNixosAttributes(attrs: Attributes): NixosAttributes | undefined {
  if (attrs.layout !== 'nixos') return undefined;
  return {
    toplevel: stringAttribute(attrs, 'toplevel'),
    onlyStore: booleanAttribute(attrs, 'onlyStore'),
    channel: optionalString(attrs, 'channel'),
    configFile: optionalString(attrs, 'configFile'),
    bootLoader: readBootLoader(attrs.bootLoader),
    uuids: readUuids(attrs.uuids ?? {}),
  };
}

function readBootLoader(value: unknown): BootLoader {
  if (value === undefined || value === null) return { kind: 'none' };
  if (!isAttributes(value)) throw attributeError('bootLoader', 'a set', value);
  switch (value.kind) {
    case 'none':
      return { kind: 'none' };
    case 'grub':
      return readGrub(value);
    case 'systemd-boot':
      return readSystemdBoot(value);
    default:
      throw attributeError('bootLoader.kind', '"grub", "systemd-boot" or "none"', value.kind);
  }
}

function readGrub(attrs: Attributes): GrubSettings {
  const text = (name: string): string => stringAttribute(attrs, name);
  const optional = (name: string): string | undefined => optionalString(attrs, name);
  const machines = (name: string): { bios: string; efi: string } => {
    const value = attrs[name];
    if (!isAttributes(value)) throw attributeError(name, 'a set of bios and efi', value);
    return { bios: stringAttribute(value, 'bios'), efi: stringAttribute(value, 'efi') };
  };
  const { timeout } = attrs;
  if (typeof timeout !== 'number' || !Number.isInteger(timeout) || timeout < -1 || timeout >= 2 ** 31)
    throw attributeError('timeout', 'a whole number of seconds, or -1', timeout);
  return {
    kind: 'grub',
    distroName: text('distroName'),
    bootloaderId: text('bootloaderId'),
    bios: optional('bios'),
    biosCore: optional('biosCore'),
    efi: optional('efi'),
    removable: booleanAttribute(attrs, 'removable'),
    users: readUsers(attrs.users),
    timeout,
    timeoutStyle: text('timeoutStyle'),
    default: text('default'),
    extraConfig: text('extraConfig'),
    extraPerEntryConfig: text('extraPerEntryConfig'),
    extraEntries: text('extraEntries'),
    extraEntriesBeforeNixOS: booleanAttribute(attrs, 'extraEntriesBeforeNixOS'),
    extraFiles: pairs(attrs.extraFiles, 'extraFiles'),
    links: pairs(attrs.links ?? {}, 'links'),
    entryOptions: text('entryOptions'),
    subEntryOptions: text('subEntryOptions'),
    copyKernels: booleanAttribute(attrs, 'copyKernels'),
    fsIdentifier: text('fsIdentifier'),
    font: optional('font'),
    splashImage: optional('splashImage'),
    splashMode: text('splashMode'),
    backgroundColor: optional('backgroundColor'),
    theme: optional('theme'),
    gfxmode: machines('gfxmode'),
    gfxpayload: machines('gfxpayload'),
  };
}

export function readSystemdBoot(attrs: Attributes): SystemdBootSettings {
  return {
    kind: 'systemd-boot',
    distroName: stringAttribute(attrs, 'distroName'),
    systemd: stringAttribute(attrs, 'systemd'),
    timeout: optionalString(attrs, 'timeout'),
    editor: booleanAttribute(attrs, 'editor'),
    consoleMode: stringAttribute(attrs, 'consoleMode'),
    sortKey: optionalString(attrs, 'sortKey'),
    entries: pairs(attrs.entries, 'entries'),
    files: pairs(attrs.files, 'files'),
    xbootldr: booleanAttribute(attrs, 'xbootldr'),
  };
}

function readUsers(value: unknown): GrubSettings['users'] {
  if (!Array.isArray(value)) throw attributeError('users', 'a list', value);
  return value.map((user: unknown) => {
    if (!isAttributes(user)) throw attributeError('users', 'a list of sets', user);
    return {
      name: stringAttribute(user, 'name'),
      password: optionalString(user, 'password'),
      hashedPassword: optionalString(user, 'hashedPassword'),
    };
  });
}

function readUuids(value: unknown): GivenUuids {
  if (!isAttributes(value)) throw attributeError('uuids', 'a set', value);
  const uuid = (text: string | undefined): Buffer | undefined => {
    if (text === undefined) return undefined;
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw attributeError('uuids', 'made of UUIDs', text);
    return parseUuid(text);
  };
  const partitions = Array.isArray(value.partitions) ? value.partitions : [];
  const [root, hashSeed] = [uuid(optionalString(value, 'root')), uuid(optionalString(value, 'hashSeed'))];
  return {
    ...(root && { root }),
    ...(hashSeed && { hashSeed }),
    partitions: partitions.map((item: unknown) => (item === null ? undefined : uuid(String(item)))),
  };
}

function pairs(value: unknown, name: string): [string, string][] {
  if (!isAttributes(value) || Object.values(value).some((item) => typeof item !== 'string'))
    throw attributeError(name, 'a set of strings', value);
  return Object.entries(value as Record<string, string>);
}
