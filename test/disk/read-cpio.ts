import assert from 'node:assert/strict';

export interface CpioMember {
  contents: string;
  /** With the type's bits. */
  mode: number;
}

/** The members of a cpio archive (newc format) by name. */
export function readCpioMembers(bytes: Uint8Array): Map<string, CpioMember> {
  const b = Buffer.from(bytes);
  const files = new Map<string, CpioMember>();
  for (let at = 0; ; ) {
    assert.equal(b.toString('latin1', at, at + 6), '070701');
    const field = (n: number): number => parseInt(b.toString('latin1', at + 6 + 8 * n, at + 14 + 8 * n), 16);
    const name = b.toString('utf8', at + 110, at + 110 + field(11) - 1);
    const data = Math.ceil((at + 110 + field(11)) / 4) * 4;
    if (name === 'TRAILER!!!') return files;
    files.set(name, { contents: b.toString('latin1', data, data + field(6)), mode: field(1) });
    at = Math.ceil((data + field(6)) / 4) * 4;
  }
}

/** Their contents alone. */
export function readCpio(bytes: Uint8Array): Map<string, string> {
  return new Map([...readCpioMembers(bytes)].map(([name, { contents }]) => [name, contents]));
}
