/** A small PE32+ file, as a stub for a unified kernel image: one section, and room in the header for more. */
export function stubFile(word = 'stub'): Buffer {
  const [pe, headers, alignment, page] = [0x80, 1024, 512, 4096];
  const b = Buffer.alloc(headers + alignment);
  b.write('MZ', 0, 'latin1');
  b.writeUInt32LE(pe, 0x3c);
  b.write('PE\0\0', pe, 'latin1');
  const coff = pe + 4;
  b.writeUInt16LE(0x8664, coff);
  b.writeUInt16LE(1, coff + 2);
  b.writeUInt16LE(240, coff + 16);
  b.writeUInt16LE(0x22e, coff + 18);
  const optional = coff + 20;
  b.writeUInt16LE(0x20b, optional);
  b.writeUInt32LE(page, optional + 32);
  b.writeUInt32LE(alignment, optional + 36);
  b.writeUInt32LE(2 * page, optional + 56);
  b.writeUInt32LE(headers, optional + 60);
  b.writeUInt16LE(10, optional + 68);
  b.writeUInt32LE(16, optional + 108);
  const section = optional + 240;
  b.write('.text', section, 'latin1');
  b.writeUInt32LE(word.length, section + 8);
  b.writeUInt32LE(page, section + 12);
  b.writeUInt32LE(alignment, section + 16);
  b.writeUInt32LE(headers, section + 20);
  b.writeUInt32LE(0x60000020, section + 36);
  b.write(word, headers, 'latin1');
  return b;
}
