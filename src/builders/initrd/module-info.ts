/** Reads the `.modinfo` section of a kernel module's ELF file, a list of NUL-terminated `key=value`. */
import { ELF, ELF64, ELF_HEADER_SIZE, ELFCLASS64, elf64SectionHeaders, elf64SectionRange, elfClass } from '../../base/elf.ts';
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

const MODINFO = '.modinfo\0';

function modinfoSection(elf: Buffer): Buffer | undefined {
  if (elf.length < ELF_HEADER_SIZE || elfClass(elf) !== ELFCLASS64) return undefined;
  const headers = elf64SectionHeaders(elf);
  const names = elf64SectionRange(elf, headers[elf.readUInt16LE(ELF64.e_shstrndx)]!);
  for (const header of headers) {
    const nameAt = names.start + elf.readUInt32LE(header + ELF.sh_name);
    if (!elf.toString('latin1', nameAt, nameAt + MODINFO.length).startsWith(MODINFO)) continue;
    const { start, end } = elf64SectionRange(elf, header);
    return elf.subarray(start, end);
  }
  return undefined;
}
