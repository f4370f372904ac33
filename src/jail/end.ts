/** The end of a sandbox: all its processes, and all its output. */
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { Socket } from 'node:net';
import { readText } from '../system/file-operations.ts';

export interface JailEnd {
  /** False when the sandbox could not be made: then the output says why. */
  began: boolean;
  /** The program's exit status, or 128 and the signal's number when a signal ended it; undefined when it was killed from outside. */
  status: number | undefined;
}

/**
 * Kills the first process of the sandbox, with which the kernel ends all others, and its parent only where there is none yet: the parent
 * ends by itself once they are gone.
 */
export function endJail(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const first = childrenOf(pid);
  if (first.length === 0) child.kill('SIGKILL');
  for (const each of first) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      /* It has ended. */
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Milliseconds to wait for the end of the output once the processes have ended. */
const PATIENCE = 5_000;

/**
 * Resolves once the chain of programs has ended and its output has been passed on. `files`: where bubblewrap writes its `status`, and pasta
 * to `network` what is passed on only if no program was started.
 */
export async function jailEnd(child: ChildProcess, output: Socket, files: string, onOutput: (bytes: Uint8Array) => void): Promise<JailEnd> {
  const written = new Promise<void>((done) => output.once('close', () => done()));
  const status = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? undefined));
  }).catch((error: unknown) => {
    output.destroy();
    throw error;
  });
  const timer = setTimeout(() => output.destroy(), PATIENCE);
  await written;
  clearTimeout(timer);
  const report = fs.readFileSync(`${files}/status`, 'latin1');
  const [, exitCode] = /"exit-code"\s*:\s*(\d+)/.exec(report) ?? [];
  // Only a program that bubblewrap has started has an exit code; without one, its setup failed, or all was killed.
  if (exitCode !== undefined) return { began: true, status: Number(exitCode) };
  const said = readText(`${files}/network`);
  if (said) onOutput(Buffer.from(said, 'latin1'));
  return { began: status === undefined, status: undefined };
}

/** Passes on what arrives at the end of a pipe. */
export function passOn(readEnd: number, onOutput: (bytes: Uint8Array) => unknown): Socket {
  const socket = new Socket({ fd: readEnd, readable: true, writable: false });
  socket.on('data', onOutput);
  socket.on('error', () => {});
  return socket;
}
