/**
 * Reads what depmod needs from a kernel module, a little-endian ELF64 file. Spec: refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html.
 */
import {
  ELF,
  ELF64,
  ELF_HEADER_SIZE,
  ELFCLASS64,
  elf64SectionHeaders,
  elf64SectionRange,
  elfClass,
  SHN_UNDEF,
  SYMBOL64,
} from '../../../base/elf.ts';

export interface ModuleFacts {
  /** In the order of the file. */
  aliases: string[];
  softdeps: string[];
  weakdeps: string[];
  /** Symbols that other modules may use. */
  exports: string[];
  /** Symbols that other modules must export, in the order of the symbol table. */
  imports: string[];
}

interface Section {
  start: number;
  end: number;
}

const SYMBOL_SIZE = SYMBOL64.size;
const CRC_PREFIX = '__crc_';

/** Returns undefined unless it is a module of a 64-bit little-endian machine. */
export function readModuleFile(elf: Buffer): ModuleFacts | undefined {
  if (elf.length < ELF_HEADER_SIZE || elfClass(elf) !== ELFCLASS64) return undefined;
  const sections = sectionTable(elf);
  const facts: ModuleFacts = { aliases: [], softdeps: [], weakdeps: [], exports: [], imports: [] };
  readInfo(elf, sections.get('.modinfo'), facts);
  readSymbols(elf, sections, facts);
  if (facts.exports.length === 0) facts.exports = strings(elf, sections.get('__ksymtab_strings'));
  return facts;
}

function sectionTable(elf: Buffer): Map<string, Section> {
  const headers = elf64SectionHeaders(elf);
  const names = elf64SectionRange(elf, headers[elf.readUInt16LE(ELF64.e_shstrndx)]!);
  const sections = new Map<string, Section>();
  for (const header of headers.slice(1)) {
    const name = textAt(elf, names.start + elf.readUInt32LE(header + ELF.sh_name));
    if (!sections.has(name)) sections.set(name, elf64SectionRange(elf, header));
  }
  return sections;
}

function readInfo(elf: Buffer, section: Section | undefined, facts: ModuleFacts): void {
  for (const line of strings(elf, section)) {
    const equals = line.indexOf('=');
    const value = line.slice(equals + 1);
    switch (line.slice(0, equals)) {
      case 'alias':
        facts.aliases.push(value);
        break;
      case 'softdep':
        facts.softdeps.push(value);
        break;
      case 'weakdep':
        facts.weakdeps.push(value);
        break;
    }
  }
}

/** Exports have a `__crc_NAME`; undefined symbols are what the module needs. */
function readSymbols(elf: Buffer, sections: Map<string, Section>, facts: ModuleFacts): void {
  const symbols = sections.get('.symtab');
  const text = sections.get('.strtab');
  if (!symbols || !text) return;
  const crc = Buffer.from(CRC_PREFIX);
  for (let at = symbols.start + SYMBOL_SIZE; at + SYMBOL_SIZE <= symbols.end; at += SYMBOL_SIZE) {
    const name = text.start + elf.readUInt32LE(at + SYMBOL64.st_name);
    if (elf.readUInt16LE(at + SYMBOL64.st_shndx) === SHN_UNDEF) {
      if (elf[name] !== 0) facts.imports.push(textAt(elf, name));
    } else if (elf[name] === crc[0] && elf[name + 2] === crc[2] && elf.compare(crc, 0, crc.length, name, name + crc.length) === 0) {
      facts.exports.push(textAt(elf, name + crc.length));
    }
  }
}

function strings(elf: Buffer, section: Section | undefined): string[] {
  return section ? elf.toString('latin1', section.start, section.end).split('\0').filter(Boolean) : [];
}

function textAt(elf: Buffer, at: number): string {
  return elf.toString('latin1', at, elf.indexOf(0, at));
}
