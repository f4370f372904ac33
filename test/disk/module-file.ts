/** A minimal ELF64 file with a .modinfo section. */
export function moduleFile(info: Record<string, string>): Buffer {
  const modinfo = Buffer.from(
    Object.entries(info)
      .map(([key, value]) => `${key}=${value}\0`)
      .join(''),
  );
  const names = Buffer.from('\0.modinfo\0.shstrtab\0');
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01', 0, 'latin1');
  header.writeBigUInt64LE(BigInt(64 + modinfo.length + names.length), 0x28);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(3, 0x3c);
  header.writeUInt16LE(2, 0x3e);
  const section = (name: number, offset: number, size: number): Buffer => {
    const b = Buffer.alloc(64);
    b.writeUInt32LE(name, 0);
    b.writeBigUInt64LE(BigInt(offset), 0x18);
    b.writeBigUInt64LE(BigInt(size), 0x20);
    return b;
  };
  return Buffer.concat([
    header,
    modinfo,
    names,
    section(0, 0, 0),
    section(1, 64, modinfo.length),
    section(10, 64 + modinfo.length, names.length),
  ]);
}
