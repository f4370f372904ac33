/** Kernel modules made for tests: ELF64 files with the sections that depmod reads, and no code. */
export interface ModuleRecipe {
  /** Lines `key=value` of .modinfo. */
  info?: string[];
  exports?: string[];
  imports?: string[];
}

const SHT = { progbits: 1, symtab: 2, strtab: 3 };

export function makeModule({ info = [], exports = [], imports = [] }: ModuleRecipe): Buffer {
  const strings = new StringTable();
  const symbols = [
    Buffer.alloc(24),
    ...exports.map((name) => symbol(strings.add(`__crc_${name}`), 0xfff1)),
    ...imports.map((name) => symbol(strings.add(name), 0)),
  ];
  const names = new StringTable();
  const sections: { name: number; type: number; link: number; bytes: Buffer; entry: number }[] = [
    { name: names.add('.modinfo'), type: SHT.progbits, link: 0, bytes: Buffer.from(info.map((line) => `${line}\0`).join('')), entry: 0 },
    { name: names.add('.symtab'), type: SHT.symtab, link: 3, bytes: Buffer.concat(symbols), entry: 24 },
    { name: names.add('.strtab'), type: SHT.strtab, link: 0, bytes: strings.encode(), entry: 0 },
  ];
  sections.push({ name: names.add('.shstrtab'), type: SHT.strtab, link: 0, bytes: Buffer.alloc(0), entry: 0 });
  sections[3]!.bytes = names.encode();
  const header = Buffer.alloc(64);
  let at = header.length;
  const table = [
    Buffer.alloc(64),
    ...sections.map((section) => {
      const entry = sectionHeader(section, at);
      at += section.bytes.length;
      return entry;
    }),
  ];
  const gap = Buffer.alloc((8 - (at % 8)) % 8);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(1, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(at + gap.length), 0x28);
  [64, 0, 0, 64, table.length, table.length - 1].forEach((value, i) => header.writeUInt16LE(value, 0x34 + i * 2));
  return Buffer.concat([header, ...sections.map(({ bytes }) => bytes), gap, ...table]);
}

class StringTable {
  private text = '\0';

  add(name: string): number {
    this.text += `${name}\0`;
    return this.text.length - name.length - 1;
  }

  encode(): Buffer {
    return Buffer.from(this.text, 'latin1');
  }
}

function symbol(name: number, section: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(name, 0);
  bytes[4] = 0x10;
  bytes.writeUInt16LE(section, 6);
  return bytes;
}

function sectionHeader(
  { name, type, link, bytes, entry }: { name: number; type: number; link: number; bytes: Buffer; entry: number },
  offset: number,
): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(name, 0);
  header.writeUInt32LE(type, 4);
  header.writeBigUInt64LE(BigInt(offset), 0x18);
  header.writeBigUInt64LE(BigInt(bytes.length), 0x20);
  header.writeUInt32LE(link, 0x28);
  header.writeBigUInt64LE(1n, 0x30);
  header.writeBigUInt64LE(BigInt(entry), 0x38);
  return header;
}
