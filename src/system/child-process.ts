/** Starts programs: their sockets, output and exit. */
import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';

export interface ProgramEnd {
  /** undefined when a signal ended the program. */
  status: number | undefined;
  signal: string | undefined;
}

export interface RunningProgram {
  readonly pid: number;
  /** Resolves when the program has ended; rejects when it could not be started. */
  readonly ended: Promise<ProgramEnd>;
  /** The last lines it wrote to its standard error. */
  errorOutput(): string;
  /** One connected Unix socket per `sockets`; in the program they are the descriptors 3, 4, ... */
  readonly sockets: Duplex[];
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  /** `inherit`: it reads and writes our terminal. `none`: no input, its output is dropped. */
  terminal: 'inherit' | 'none';
  sockets?: number;
  environment?: Record<string, string | undefined>;
  /** Defaults to our own folder. */
  cwd?: string;
  /** Called with standard error as it arrives. */
  onErrorOutput?: (text: string) => void;
}

const keptErrorOutput = 8192;

/** Returns changes to the process's own environment that make it `env`; variables to remove are undefined. */
export function inPlaceOfOwn(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return { ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])), ...env };
}

export function startProgram(command: readonly string[], options: StartOptions): RunningProgram {
  const [program, ...args] = command as [string, ...string[]];
  const standard: StdioOptions = options.terminal === 'inherit' ? ['inherit', 'inherit', 'pipe'] : ['ignore', 'ignore', 'pipe'];
  // libuv makes each further pipe of a socket pair, so that both ends can read and write.
  const stdio = [...standard, ...Array.from({ length: options.sockets ?? 0 }, () => 'pipe' as const)];
  const child: ChildProcess = spawn(program, args, { stdio, cwd: options.cwd, env: { ...process.env, ...options.environment } });
  let errors = '';
  (child.stderr as Readable | null)?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-keptErrorOutput);
    options.onErrorOutput?.(text);
  });
  const sockets = child.stdio.slice(3) as Duplex[];
  // A program that ends while we write to it is reported by its exit, not by its socket.
  for (const socket of sockets) socket?.on('error', () => {});
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status: status ?? undefined, signal: signal ?? undefined }));
  });
  ended.catch(() => {});
  return { pid: child.pid ?? 0, ended, sockets, errorOutput: () => errors, kill: (signal) => void child.kill(signal) };
}

/** Returns what a program prints on its standard output; undefined when it fails, or takes longer than `milliseconds`. */
export function outputOfProgram(
  command: readonly string[],
  milliseconds: number,
  environment: Record<string, string | undefined> = {},
): Promise<string | undefined> {
  const [program, ...args] = command as [string, ...string[]];
  const options = { timeout: milliseconds, killSignal: 'SIGKILL', env: { ...process.env, ...environment }, encoding: 'utf8' } as const;
  return new Promise((done) => {
    execFile(program, args, options, (error, output) => done(error ? undefined : output)).stdin?.end();
  });
}

/** Runs a program and returns its exit status; after `milliseconds` kills it and returns `timeout`. */
export async function probeProgram(
  command: readonly string[],
  milliseconds: number,
  environment: Record<string, string | undefined> = {},
): Promise<{ status: number | undefined; errors: string } | 'timeout'> {
  const program = startProgram(command, { terminal: 'none', environment });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), milliseconds);
  });
  try {
    const end = await Promise.race([program.ended, late]);
    // A process that hangs in the kernel may survive even this; do not wait for it.
    if (end === 'timeout') program.kill('SIGKILL');
    return end === 'timeout' ? end : { status: end.status, errors: program.errorOutput() };
  } finally {
    clearTimeout(timer);
  }
}
