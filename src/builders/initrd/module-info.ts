/** Reads the `.modinfo` section of a kernel module's ELF file, a list of NUL-terminated `key=value`. */
import { BootflakeError } from '../../base/errors.ts';

export interface ModuleInfo {
  /** Names, with underscores. */
  depends: string[];
  /** Loaded before this one if available. */
  softBefore: string[];
}

/** The kernel treats - and _ as equal in module names. */
export const moduleName = (name: string): string => name.replaceAll('-', '_');

/** `path` is for the error, `initrd/bad-module`. */
export function readModuleInfo(elf: Buffer, path: string): ModuleInfo {
  const section = modinfoSection(elf);
  if (!section) throw new BootflakeError({ code: 'initrd/bad-module', message: `${path} is no kernel module: it has no .modinfo section` });
  const info: ModuleInfo = { depends: [], softBefore: [] };
  for (const line of section.toString('latin1').split('\0')) {
    const [key, value = ''] = [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)];
    if (key === 'depends') info.depends = value.split(',').filter(Boolean).map(moduleName);
    if (key === 'softdep') info.softBefore.push(...softBefore(value));
  }
  return info;
}

/** The `pre:` names of "pre: a b post: c". */
function softBefore(value: string): string[] {
  const before = /(?:^|\s)pre:\s*(.*?)(?:\s*post:|$)/.exec(value)?.[1] ?? '';
  return before.split(/\s+/).filter(Boolean).map(moduleName);
}

/** ELF64, little-endian: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html */
function modinfoSection(elf: Buffer): Buffer | undefined {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) return undefined;
  const table = Number(elf.readBigUInt64LE(0x28)); // e_shoff
  const entrySize = elf.readUInt16LE(0x3a); // e_shentsize
  const count = elf.readUInt16LE(0x3c); // e_shnum
  const range = (index: number): { start: number; end: number } => {
    const at = table + index * entrySize;
    const start = Number(elf.readBigUInt64LE(at + 0x18)); // sh_offset
    return { start, end: start + Number(elf.readBigUInt64LE(at + 0x20)) }; // sh_size
  };
  const names = range(elf.readUInt16LE(0x3e)); // e_shstrndx
  for (let n = 0; n < count; n++) {
    const nameAt = names.start + elf.readUInt32LE(table + n * entrySize); // sh_name
    if (elf.toString('latin1', nameAt, nameAt + 9) === '.modinfo\0') return elf.subarray(range(n).start, range(n).end);
  }
  return undefined;
}
