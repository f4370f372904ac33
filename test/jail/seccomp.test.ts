/** The syscall filter, interpreted as the kernel would. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syscallFilter } from '../../src/jail/seccomp.ts';

const [ALLOW, EPERM, ENOSYS, ENOTSUP, EAFNOSUPPORT] = [0x7fff0000, 0x50001, 0x50026, 0x5005f, 0x50061];
const [X86_64, I386, AARCH64, ARM] = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028];

/** seccomp(2): runs the program over a call. */
function verdict(program: Buffer, arch: number, number: number, args: number[] = []): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(arch, 4);
  args.forEach((arg, i) => data.writeBigUInt64LE(BigInt(arg), 16 + 8 * i));
  let value = 0;
  for (let at = 0; ; at++) {
    const code = program.readUInt16LE(8 * at);
    const [ifTrue, ifFalse, k] = [program[8 * at + 2]!, program[8 * at + 3]!, program.readUInt32LE(8 * at + 4)];
    if (code === 0x20) value = data.readUInt32LE(k);
    else if (code === 0x54) value = (value & k) >>> 0;
    else if (code === 0x15) at += value === k ? ifTrue : ifFalse;
    else if (code === 0x45) at += (value & k) !== 0 ? ifTrue : ifFalse;
    else if (code === 0x06) return k;
    else assert.fail(`instruction ${code}`);
  }
}

test('setuid and setgid modes are refused on every architecture of the host', () => {
  const x86 = syscallFilter('x64', 'x86_64-linux');
  const arm = syscallFilter('arm64', 'aarch64-linux');
  const cases: [Buffer, number, [chmod: number | undefined, fchmod: number, fchmodat: number], number][] = [
    [x86, X86_64, [90, 91, 268], 0],
    [x86, X86_64, [90, 91, 268], 0x40000000],
    [x86, I386, [15, 94, 306], 0],
    [arm, AARCH64, [undefined, 52, 53], 0],
    [arm, ARM, [15, 94, 333], 0],
  ];
  for (const [program, arch, [chmod, fchmod, fchmodat], bit] of cases) {
    for (const [mode, expected] of [
      [0o4755, EPERM],
      [0o2755, EPERM],
      [0o6000, EPERM],
      [0o1777, ALLOW],
      [0o755, ALLOW],
    ] as const) {
      if (chmod !== undefined) assert.equal(verdict(program, arch, chmod + bit, [0, mode]), expected);
      assert.equal(verdict(program, arch, fchmod + bit, [3, mode]), expected);
      assert.equal(verdict(program, arch, fchmodat + bit, [3, 0, mode]), expected);
      assert.equal(verdict(program, arch, 452 + bit, [3, 0, mode, 0]), expected);
    }
    // The mode is another argument there.
    assert.equal(verdict(program, arch, fchmodat + bit, [3, 0o4755, 0o755]), ALLOW);
    assert.equal(verdict(program, arch, 463 + bit), ENOTSUP);
  }
});

test('extended attributes are refused, other calls are not', () => {
  const x86 = syscallFilter('x64', 'x86_64-linux');
  for (const number of [188, 189, 190, 191, 196]) assert.equal(verdict(x86, X86_64, number), ENOTSUP);
  for (const number of [226, 228, 234]) assert.equal(verdict(x86, I386, number), ENOTSUP);
  // removexattr, execve, openat, and those whose numbers are of the other table.
  for (const number of [197, 59, 257, 15, 94, 226]) assert.equal(verdict(x86, X86_64, number, [0, 0o4755, 0o4755]), ALLOW);
  for (const number of [0, 90, 91, 188]) assert.equal(verdict(x86, I386, number, [0, 0o4755, 0o4755]), ALLOW);
  assert.equal(verdict(x86, 0xdeadbeef, 90, [0, 0o755]), ENOSYS);
});

test('keys, io_uring and sockets to the host of a virtual machine are refused', () => {
  const x86 = syscallFilter('x64', 'x86_64-linux');
  const i686 = syscallFilter('x64', 'i686-linux');
  const arm = syscallFilter('arm64', 'aarch64-linux');
  const cases: [Buffer, number, keys: number, socket: number, bit: number][] = [
    [x86, X86_64, 248, 41, 0],
    [x86, X86_64, 248, 41, 0x40000000],
    [x86, I386, 286, 359, 0],
    [i686, I386, 286, 359, 0],
    [arm, AARCH64, 217, 198, 0],
    [arm, ARM, 309, 281, 0],
  ];
  for (const [program, arch, keys, socket, bit] of cases) {
    for (const number of [425, keys, keys + 1, keys + 2]) assert.equal(verdict(program, arch, number + bit), ENOSYS);
    assert.equal(verdict(program, arch, keys - 1 + bit), ALLOW);
    assert.equal(verdict(program, arch, socket + bit, [40, 1]), EAFNOSUPPORT);
    for (const family of [1, 2, 10, 16]) assert.equal(verdict(program, arch, socket + bit, [family, 1]), ALLOW);
  }
  // socketcall, to make a socket and to connect one.
  assert.deepEqual(
    [1, 3].map((call) => verdict(x86, I386, 102, [call])),
    [ENOSYS, ALLOW],
  );
  assert.equal(verdict(i686, I386, 102, [1]), ALLOW);
  assert.equal(verdict(x86, X86_64, 102, [1]), ALLOW);
});
