/** The shell of the sandbox: a static busybox, which needs no other file. */
import fs from 'node:fs';
import { toolOnPath, type FindTool } from '../../jail/tools.ts';
import { BootflakeError } from '../../base/errors.ts';

let found: Promise<string | undefined> | undefined;

/** Returns the host's file for /bin/sh: that of PATH, else that of Debian's package; looked for once. Throws `build/no-shell`. */
export async function sandboxShell(path: string, findTool: FindTool | undefined): Promise<string> {
  found ??= findShell(path, findTool);
  const shell = await found;
  if (shell !== undefined) return shell;
  found = undefined;
  throw new BootflakeError({
    code: 'build/no-shell',
    message: 'the sandbox needs a shell for /bin/sh, and there is no statically linked busybox on PATH',
    hint: 'Install one (Debian, Ubuntu: busybox-static), or name another: --option sandbox-paths /bin/sh=PATH',
  });
}

async function findShell(path: string, findTool: FindTool | undefined): Promise<string | undefined> {
  const here = toolOnPath('busybox', path)?.command[0];
  if (here !== undefined && isStatic(here)) return fs.realpathSync(here);
  return (await findTool?.('busybox'))?.command.at(-1);
}

/** ELF's program headers (elf(5)): a program without PT_INTERP needs no dynamic loader. */
function isStatic(file: string): boolean {
  const header = Buffer.alloc(4096);
  const fd = fs.openSync(file, 'r');
  try {
    fs.readSync(fd, header, 0, header.length, 0);
  } finally {
    fs.closeSync(fd);
  }
  const PT_INTERP = 3;
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2) return false;
  const [offset, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)];
  for (let i = 0; i < count; i++) {
    const at = offset + i * size;
    if (at + 4 > header.length || header.readUInt32LE(at) === PT_INTERP) return false;
  }
  return true;
}
