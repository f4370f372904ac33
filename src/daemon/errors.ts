import { BootflakeError } from '../base/errors.ts';
import { shortened } from '../base/shortened.ts';

/** Characters of a message that came from elsewhere. */
const MOST_MESSAGE = 4000;

/** The codes that say that a daemon cannot be talked to, so that another machine may be asked. */
const LOST = ['daemon/unreachable', 'daemon/closed', 'daemon/silent', 'daemon/protocol', 'daemon/too-old'];

/** Errors about daemons of other stores; codes begin with `daemon/`. */
export function daemonError(code: string, message: string, options: { hint?: string; cause?: unknown } = {}): BootflakeError {
  return new BootflakeError({ code: `daemon/${code}`, message: shortened(message, MOST_MESSAGE), ...options });
}

/** The daemon said something that the protocol does not allow. */
export function protocolError(whence: string, why: string): BootflakeError {
  return daemonError('protocol', `the daemon of '${whence}' does not keep to Nix's worker protocol: ${why}`, {
    hint: 'It may be another program, or another version than 2.4 or later. Run: nix store info --store URL  to try it with Nix.',
  });
}

/** Returns whether an error means that the daemon as a whole cannot be talked to; false for a request that it refused. */
export function isDaemonLost(error: unknown): boolean {
  return error instanceof BootflakeError && LOST.includes(error.code);
}
