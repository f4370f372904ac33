/**
 * The syscall filter of Nix's sandbox as a BPF program (seccomp(2)): setuid and setgid modes are refused, since a file that has one would
 * stay dangerous in the store, and so are extended attributes and ACLs, which no NAR has. Beyond Nix's, as container engines do, it refuses
 * what no namespace holds back: the keys of the session that bootflake was started in, which its processes inherit; sockets of a virtual
 * machine to its host (AF_VSOCK); and io_uring, which could do all of that past the filter. Programs that find none of these do without.
 */

/** linux/audit.h. */
const arch = { x86_64: 0xc000003e, i386: 0x40000003, aarch64: 0xc00000b7, arm: 0x40000028 };
/** Bit of the number of an x32 call on x86-64, whose other bits are the same for the calls below. */
const X32_BIT = 0x40000000;

const [EPERM, ENOSYS, ENOTSUP, EAFNOSUPPORT] = [1, 38, 95, 97];
const AF_VSOCK = 40;
/** The first argument of socketcall(2) that means socket(2). */
const SOCKETCALL_SOCKET = 1;
const SETID_BITS = 0o6000;

interface CallNumbers {
  arch: number;
  /** Calls with a mode, and which argument it is. */
  modes: [number: number, argument: number][];
  attributes: number[];
  /** add_key, request_key and keyctl, which follow each other. */
  keys: number;
  socket: number;
  /** On i386 socket(2) has another way, whose arguments lie in memory. */
  socketcall?: number;
}

/** io_uring_setup, fchmodat2, setxattrat, getxattrat and listxattrat have one number everywhere. */
const [IO_URING_SETUP, FCHMODAT2, SETXATTRAT, GETXATTRAT, LISTXATTRAT] = [425, 452, 463, 464, 465];
const modes = (chmod: number | undefined, fchmod: number, fchmodat: number): [number, number][] => [
  ...(chmod === undefined ? [] : [[chmod, 1] as [number, number]]),
  [fchmod, 1],
  [fchmodat, 2],
  [FCHMODAT2, 2],
];
/** set, lset, fset, get, lget, fget, list, llist and flistxattr follow each other. */
const attributes = (first: number): number[] => [...Array.from({ length: 9 }, (_, i) => first + i), SETXATTRAT, GETXATTRAT, LISTXATTRAT];

const x86: CallNumbers[] = [
  { arch: arch.x86_64, modes: modes(90, 91, 268), attributes: attributes(188), keys: 248, socket: 41 },
  { arch: arch.i386, modes: modes(15, 94, 306), attributes: attributes(226), keys: 286, socket: 359, socketcall: 102 },
];
const arm: CallNumbers[] = [
  { arch: arch.aarch64, modes: modes(undefined, 52, 53), attributes: attributes(5), keys: 217, socket: 198 },
  { arch: arch.arm, modes: modes(15, 94, 333), attributes: attributes(226), keys: 309, socket: 281 },
];

/**
 * Returns the filter for a host of Node's architecture `x64` or `arm64`, in the form of `struct sock_filter[]`. `system`: that of the
 * program; those for i686 may need socketcall(2), others may not use it to get past the filter.
 */
export function syscallFilter(architecture: string, system: string): Buffer {
  const program = new Assembler();
  for (const numbers of architecture === 'arm64' ? arm : x86) program.table(numbers, system === 'i686-linux');
  // No program of this host is for another architecture.
  program.add(RETURN, refuse(ENOSYS));
  return program.assembled();
}

/** linux/bpf_common.h and linux/seccomp.h. */
const [LOAD, AND, EQUAL, ANY_BIT, RETURN] = [0x20, 0x54, 0x15, 0x45, 0x06];
const ALLOW = 0x7fff0000;
const refuse = (errno: number): number => 0x00050000 | errno;
/** Offsets in `struct seccomp_data`; the low half of an argument comes first. */
const [NUMBER, ARCH] = [0, 4];
const argument = (index: number): number => 16 + 8 * index;

class Assembler {
  private readonly instructions: { code: number; ifTrue: number; ifFalse: number; k: number }[] = [];

  /** `ifTrue` and `ifFalse`: how many instructions a jump skips. */
  add(code: number, k: number, ifTrue = 0, ifFalse = 0): void {
    this.instructions.push({ code, ifTrue, ifFalse, k });
  }

  /** The rules of one architecture; falls through for another one. */
  table(numbers: CallNumbers, socketcalls: boolean): void {
    const rules = new Assembler();
    rules.add(LOAD, NUMBER);
    if (numbers.arch === arch.x86_64) rules.add(AND, ~X32_BIT >>> 0);
    rules.refuseCalls(numbers.attributes, ENOTSUP);
    rules.refuseCalls([IO_URING_SETUP, numbers.keys, numbers.keys + 1, numbers.keys + 2], ENOSYS);
    rules.refuseArgument(numbers.socket, 0, [EQUAL, AF_VSOCK], EAFNOSUPPORT);
    if (numbers.socketcall !== undefined && !socketcalls) rules.refuseArgument(numbers.socketcall, 0, [EQUAL, SOCKETCALL_SOCKET], ENOSYS);
    for (const [number, index] of numbers.modes) rules.refuseArgument(number, index, [ANY_BIT, SETID_BITS], EPERM);
    rules.add(RETURN, ALLOW);
    this.add(LOAD, ARCH);
    this.add(EQUAL, numbers.arch, 0, rules.instructions.length);
    this.instructions.push(...rules.instructions);
  }

  private refuseCalls(numbers: readonly number[], errno: number): void {
    for (const number of numbers) {
      this.add(EQUAL, number, 0, 1);
      this.add(RETURN, refuse(errno));
    }
  }

  /** Refuses a call whose argument passes the test, a jump and its operand; allows it with others. */
  private refuseArgument(number: number, index: number, [test, operand]: readonly [number, number], errno: number): void {
    this.add(EQUAL, number, 0, 4);
    this.add(LOAD, argument(index));
    this.add(test, operand, 0, 1);
    this.add(RETURN, refuse(errno));
    this.add(RETURN, ALLOW);
  }

  assembled(): Buffer {
    const bytes = Buffer.alloc(8 * this.instructions.length);
    for (const [i, { code, ifTrue, ifFalse, k }] of this.instructions.entries()) {
      bytes.writeUInt16LE(code, 8 * i);
      bytes.writeUInt8(ifTrue, 8 * i + 2);
      bytes.writeUInt8(ifFalse, 8 * i + 3);
      bytes.writeUInt32LE(k >>> 0, 8 * i + 4);
    }
    return bytes;
  }
}
