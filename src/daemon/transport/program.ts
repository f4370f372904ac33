import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { daemonError } from '../errors.ts';
import type { Transport } from './transport.ts';

/** Characters of its standard error that are kept for messages. */
const MOST_COMPLAINT = 2000;
/** Milliseconds that a program has to end by itself, and to say why. */
const PATIENCE = 1000;

/**
 * Starts a program that speaks for a daemon on its standard input and output: `ssh`, or `nix-daemon --stdio`. Its standard error is kept
 * for messages. Throws `daemon/unreachable` when it cannot be started.
 */
export function startTransport(command: readonly string[], env: NodeJS.ProcessEnv, cleanUp: () => void = () => {}): Promise<Transport> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_COMPLAINT);
  });
  // A program that ended is reported by what it said.
  child.stdin.on('error', () => {});
  const ended = new Promise<string>((resolve) => {
    child.once('close', (status, signal) => {
      cleanUp();
      const how = signal ? `it was ended by ${signal}` : `it ended with status ${status}`;
      resolve(said.trim() === '' ? (status === 0 ? '' : `${program}: ${how}`) : said.trim());
    });
  });
  let closed = false;
  const transport: Transport = {
    input: child.stdout,
    output: child.stdin,
    complaint: () => Promise.race([ended, new Promise<string>((resolve) => setTimeout(() => resolve(said.trim()), PATIENCE))]),
    setIdle(idle) {
      for (const part of [child, child.stdin as Socket, child.stdout as Socket, child.stderr as Socket])
        if (idle) part.unref();
        else part.ref();
    },
    close() {
      if (closed) return;
      closed = true;
      child.stdin.destroy();
      child.stdout.destroy();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      timer.unref();
      void ended.then(() => clearTimeout(timer));
    },
  };
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(transport));
    child.once('error', (error: NodeJS.ErrnoException) => {
      cleanUp();
      const why = error.code === 'ENOENT' ? 'it is not on PATH' : error.message;
      reject(daemonError('unreachable', `cannot run '${program}': ${why}`, { hint: `Install it, or put it on PATH.`, cause: error }));
    });
  });
}
