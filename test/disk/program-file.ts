/** A minimal ELF64 program or library: its loader, the libraries that it needs, and where it looks for them. No code. */
export function programFile({ interpreter, needed = [], runPath }: { interpreter?: string; needed?: string[]; runPath?: string }): Buffer {
  const strings = `\0${[...needed, runPath ?? '', interpreter ?? ''].map((text) => `${text}\0`).join('')}`;
  const at = (text: string): number => strings.indexOf(`\0${text}\0`) + 1;
  const [PT_LOAD, PT_DYNAMIC, PT_INTERP] = [1, 2, 3];
  const [DT_NULL, DT_NEEDED, DT_STRTAB, DT_RUNPATH] = [0, 1, 5, 29];
  const tableStart = 64 + 56 * (interpreter === undefined ? 2 : 3);
  const entries: [number, number][] = needed.map((name) => [DT_NEEDED, at(name)]);
  if (runPath !== undefined) entries.push([DT_RUNPATH, at(runPath)]);
  const size = 16 * (entries.length + 2);
  const text = tableStart + size;
  entries.push([DT_STRTAB, text], [DT_NULL, 0]);
  const total = text + strings.length;
  const bytes = Buffer.alloc(total);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeBigUInt64LE(64n, 0x20);
  bytes.writeUInt16LE(56, 0x36);
  bytes.writeUInt16LE(interpreter === undefined ? 2 : 3, 0x38);
  const segment = (index: number, type: number, offset: number, length: number): void => {
    const place = 64 + 56 * index;
    bytes.writeUInt32LE(type, place);
    bytes.writeBigUInt64LE(BigInt(offset), place + 8);
    bytes.writeBigUInt64LE(BigInt(offset), place + 16);
    bytes.writeBigUInt64LE(BigInt(length), place + 32);
  };
  segment(0, PT_LOAD, 0, total);
  segment(1, PT_DYNAMIC, tableStart, size);
  if (interpreter !== undefined) segment(2, PT_INTERP, text + at(interpreter), interpreter.length + 1);
  for (const [index, [tag, value]] of entries.entries()) {
    bytes.writeBigUInt64LE(BigInt(tag), tableStart + 16 * index);
    bytes.writeBigUInt64LE(BigInt(value), tableStart + 16 * index + 8);
  }
  bytes.write(strings, text, 'latin1');
  return bytes;
}
