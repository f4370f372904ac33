import { BootflakeError } from '../base/errors.ts';
import { wallClockSeconds } from './clock.ts';

/** A fault of one attempt. Transient ones are retried; the last one is reported to the user. */
export class HttpFault extends Error {
  constructor(
    readonly code: 'unreachable' | 'timeout' | 'cut' | 'status' | 'not-found' | 'too-large' | 'wrong-size' | 'redirect' | 'certificate',
    message: string,
    readonly transient: boolean,
    readonly retryAfterSeconds?: number,
    /** The HTTP status, where that is the fault. */
    readonly status?: number,
  ) {
    super(message);
  }
}

const UNREACHABLE: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EACCES: 'this machine forbids the connection',
};

const TIMEOUTS: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  ETIMEDOUT: 'no connection came about in time',
  UND_ERR_HEADERS_TIMEOUT: 'no response came in time',
  UND_ERR_BODY_TIMEOUT: 'the transfer stood still for too long',
};

/** Classifies an error of sockets, TLS or undici. `received` counts the bytes of this attempt. */
export function faultOf(error: unknown, received: number): HttpFault {
  if (error instanceof HttpFault) return error;
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const { code = '', message = String(error) } = (inner ?? {}) as { code?: string; message?: string };
  if (TIMEOUTS[code]) return new HttpFault('timeout', TIMEOUTS[code], true);
  if (UNREACHABLE[code]) return new HttpFault('unreachable', UNREACHABLE[code], code !== 'ENOTFOUND');
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED') {
    const state = code === 'CERT_NOT_YET_VALID' ? 'is not valid yet' : 'has expired';
    return new HttpFault('certificate', `the server's certificate ${state}, by this machine's clock, which says ${clockTime()}`, false);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code))
    return new HttpFault('certificate', `the server's certificate is not trusted: ${message}`, false);
  if (code === 'EPROTO' || /SSL/.test(code)) return new HttpFault('unreachable', `TLS failed: ${message}`, false);
  return new HttpFault('cut', `the connection was cut after ${received} bytes: ${message}`, true);
}

function clockTime(): string {
  return new Date(wallClockSeconds() * 1000).toISOString().replace('.000Z', 'Z');
}

/** The user's error when a transfer has failed for good. */
export function networkError(url: string, fault: HttpFault, attempts: number): BootflakeError {
  const tries = attempts > 1 ? ` (${attempts} attempts)` : '';
  const hint =
    fault.code === 'unreachable' || fault.code === 'timeout'
      ? `check the network, and http_proxy and https_proxy if you are behind a proxy`
      : fault.code === 'certificate' && /machine's clock/.test(fault.message)
        ? 'set the clock if it is wrong; else the server is at fault'
        : fault.code === 'certificate'
          ? 'behind a proxy that opens TLS, name its authority in NODE_EXTRA_CA_CERTS, or all authorities in NIX_SSL_CERT_FILE or ' +
            'ssl-cert-file of nix.conf'
          : undefined;
  return new BootflakeError({
    code: `network/${fault.code}`,
    message: `cannot download ${url}: ${fault.message}${tries}`,
    cause: fault,
    ...(hint && { hint }),
  });
}
