/** This host, by Node. */
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { removeTree } from '../../store/physical-tree.ts';
import {
  canonicalPath,
  copyFile,
  fileExists,
  listNames,
  makeDirectories,
  makeSparseFile,
  readBeginning,
  readBytes,
  readText,
} from '../../system/file-operations.ts';
import { acquireLock, tryLock, type HeldLock } from '../../system/lock-file.ts';
import { bootId, livenessOf, parseIdentityToken } from '../../system/process-identity.ts';
import { startProgram } from '../../system/child-process.ts';
import type { Qemu } from '../../vm/find-qemu.ts';
import type { BareQemu, FollowedFile, HostFileFacts, HostInput, HostProcess, MachineHost, ProgramResult } from './machine-host.ts';

/** Bytes that a program may print. */
const mostOutput = 1 << 20;
/** Milliseconds that it may take. */
const patience = 30_000;

/** `env`: of the programs that it starts, and where to find them. */
export const localHost = (env: NodeJS.ProcessEnv = process.env): MachineHost => ({
  address: undefined,
  environment: env,
  pause: 10,
  listNames: async (folder) => listNames(folder),
  facts: async (path) => factsOf(path),
  async readBeginning(path, length) {
    const real = canonicalPath(path);
    const facts = real === undefined ? undefined : factsOf(real);
    return real !== undefined && facts?.type === 'regular' ? { ...facts, path: real, bytes: readBeginning(real, length) } : undefined;
  },
  readBytes: async (path) => readBytes(path),
  write: async (path, contents) => fs.writeFileSync(path, contents, { mode: 0o600 }),
  writeAt: async (path, contents, offset) => writeAt(path, contents, offset),
  makeSparse: async (path, size) => {
    if (!fileExists(path)) makeSparseFile(path, size);
  },
  sync: async (path) => syncFile(path),
  link: async (from, to) => fs.linkSync(from, to),
  rename: async (from, to) => fs.renameSync(from, to),
  remove: async (path) => fs.rmSync(path, { force: true }),
  removeTree: async (path) => removeTree(path),
  copyOnce: async (from, to) => {
    if (!fileExists(to)) copyFile(from, to);
  },
  makeFolder: async (path) => makeDirectories(path, 0o700),
  process: async (file) => processOf(file),
  kill: async (file) => {
    const found = processOf(file);
    if (found?.liveness === 'alive') killProcess(found.pid);
  },
  startScript(script) {
    let ended = false;
    const child = spawn('/bin/sh', [script], { cwd: join(script, '..'), detached: true, stdio: 'ignore' });
    child.on('exit', () => (ended = true)).on('error', () => (ended = true));
    child.unref();
    return { ended: async () => ended };
  },
  run: (words, input) => runProgram(words, env, input),
  startBareQemu,
  connect: connectSocket,
  lock: (path, signal) => acquireLock(path, { ...(signal && { signal }) }),
  async tryLock(path): Promise<HeldLock | undefined> {
    const lock = tryLock(path);
    return 'release' in lock ? lock : undefined;
  },
  follow: (path, tail) => new LogReader(path, tail),
  async openInput(path): Promise<HostInput> {
    const file = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
    return { write: (bytes) => writeSome(file, bytes), close: () => fs.closeSync(file) };
  },
});

/** Runs a program that ends with us, even if we are killed: the descriptor 4, to which nothing is written, is closed then. */
const guard = `"$@" 4<&- &
program=$!
exec 3<&-
{ read -r _ <&4; kill -KILL $program; } 2>/dev/null &
watcher=$!
wait $program
status=$?
kill $watcher 2>/dev/null
exit $status`;

async function startBareQemu(
  folder: string,
  { command, environment }: Pick<Qemu, 'command' | 'environment'>,
  args: readonly string[],
): Promise<BareQemu> {
  const control = ['-chardev', 'socket,id=control,fd=3', '-mon', 'chardev=control,mode=control'];
  const program = startProgram(['/bin/sh', '-c', guard, 'sh', ...command, ...args, ...control], {
    terminal: 'none',
    sockets: 2,
    cwd: folder,
    environment,
  });
  return {
    control: program.sockets[0]!,
    ended: program.ended.then(({ status }) => status),
    errors: () => program.errorOutput(),
    end: () => program.sockets.forEach((socket) => socket.destroy()),
  };
}

function factsOf(path: string): HostFileFacts | undefined {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const type = stat.isFile() ? 'regular' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'other';
  return { type, size: stat.size, occupied: stat.blocks * 512, modifiedMs: stat.mtimeMs, changedMs: stat.ctimeMs };
}

function writeAt(path: string, contents: Uint8Array, offset: number): void {
  const file = fs.openSync(path, 'r+');
  try {
    fs.writeSync(file, contents, 0, contents.length, offset);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

function syncFile(path: string): void {
  const file = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

function processOf(file: string): HostProcess | undefined {
  const [token = '', ...note] = (readText(file) ?? '').trim().split(' ');
  const identity = parseIdentityToken(token);
  return identity && { pid: identity.pid, liveness: livenessOf(identity), ofThisBoot: identity.bootId === bootId(), note: note.join(' ') };
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function runProgram([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv, input?: string): Promise<ProgramResult> {
  return new Promise((done) => {
    const child = execFile(program, args, { env, encoding: 'utf8', maxBuffer: mostOutput, timeout: patience }, (error, output) =>
      done({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : undefined, output }),
    );
    child.stdin?.on('error', () => {}).end(input ?? '');
  });
}

/**
 * A socket's path may be longer than its address can be (107 bytes): Linux has a shorter one through the folder's descriptor.
 */
function connectSocket(folder: string, name: string): Promise<Duplex> {
  const path = join(folder, name);
  const opened = Buffer.byteLength(path) > 100 && process.platform === 'linux' ? fs.openSync(folder, 'r') : undefined;
  return new Promise((resolve, reject) => {
    const socket = connect(opened === undefined ? path : `/proc/self/fd/${opened}/${name}`);
    const close = () => opened !== undefined && fs.closeSync(opened);
    socket.once('connect', () => {
      close();
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      resolve(socket);
    });
    socket.once('error', (error) => {
      close();
      reject(error);
    });
  });
}

/** Reads a file that grows, and that may be cut to nothing. */
export class LogReader implements FollowedFile {
  private readonly file: number;
  private position: number;
  private readonly buffer = Buffer.alloc(65_536);

  /** Begins with the last `tail` bytes. */
  constructor(path: string, tail: number) {
    this.file = fs.openSync(path, 'r');
    this.position = Math.max(0, fs.fstatSync(this.file).size - tail);
  }

  read(): Uint8Array {
    if (fs.fstatSync(this.file).size < this.position) this.position = 0;
    const count = fs.readSync(this.file, this.buffer, 0, this.buffer.length, this.position);
    this.position += count;
    return Uint8Array.prototype.slice.call(this.buffer, 0, count);
  }

  close(): void {
    fs.closeSync(this.file);
  }
}

function writeSome(file: number, bytes: Uint8Array): number {
  try {
    return fs.writeSync(file, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return bytes.length;
    if (code === 'EAGAIN') return 0;
    throw error;
  }
}
