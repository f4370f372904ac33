import { connect } from 'node:net';
import { daemonError } from '../errors.ts';
import type { Transport } from './transport.ts';

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nothing listens there',
  EACCES: 'you are not permitted to use it',
  ENOTSOCK: 'it is no socket',
};
/** Bytes of a socket's path: sockaddr_un has 108, with a NUL at the end. */
const MOST_PATH = 107;

/** Connects to a socket of this host. Throws `daemon/unreachable` and the signal's reason. */
export function connectUnix(path: string, { signal, milliseconds }: { signal: AbortSignal; milliseconds: number }): Promise<Transport> {
  const unreachable = (why: string, cause?: unknown): Error =>
    daemonError('unreachable', `cannot connect to the Nix daemon at '${path}': ${why}`, {
      hint: 'Is it running? systemctl status nix-daemon.socket',
      cause,
    });
  if (Buffer.byteLength(path) > MOST_PATH) return Promise.reject(unreachable(`a socket's path has at most ${MOST_PATH} bytes`));
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const onAbort = (): void => fail(signal.reason);
    const timer = setTimeout(() => fail(unreachable(`no connection came about in ${milliseconds / 1000} s`)), milliseconds);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error: NodeJS.ErrnoException) => fail(unreachable(REASONS[error.code ?? ''] ?? error.message, error)));
    socket.once('connect', () =>
      settle(() =>
        resolve({
          input: socket,
          output: socket,
          complaint: () => Promise.resolve(''),
          setIdle: (idle) => void (idle ? socket.unref() : socket.ref()),
          close: () => void socket.destroy(),
        }),
      ),
    );
  });
}
