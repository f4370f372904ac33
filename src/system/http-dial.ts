/** Connections to servers: directly or through a proxy's tunnel, with TLS or without. */
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type ConnectionOptions, type SecureContext } from 'node:tls';
import { HttpFault } from './http-errors.ts';
import { basicAuthorization } from './proxy.ts';

export interface DialOptions {
  /** Whose tunnel to use; undefined for a direct connection. */
  proxy: URL | undefined;
  /** The authorities to trust instead of Node's, in PEM. */
  authorities: string | undefined;
  /** Milliseconds for everything: tunnel, connection and TLS. */
  timeout: number;
}

/** What the connections to one server remember: the newest TLS session, which makes the next handshake shorter. */
export interface DialMemory {
  tlsSession?: Buffer;
}

const KEEP_ALIVE = 60_000;
/** TLS has no longer records. */
const RECORD = 16 << 10;

/**
 * Connects to the server of `origin`. `protocols`: those to offer by ALPN (RFC 7301), if it is an https origin; the socket's `alpnProtocol`
 * is the server's choice. Throws an HttpFault, an error of sockets or TLS, or the signal's reason.
 */
export async function dial(
  origin: URL,
  protocols: readonly string[],
  { proxy, authorities, timeout }: DialOptions,
  memory: DialMemory,
  signal?: AbortSignal,
): Promise<Socket> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new HttpFault('timeout', 'no connection came about in time', true)), timeout);
  const abort = (): void => ending.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const tunnel = proxy && (await openTunnel(proxy, origin, ending.signal));
    const [host, port] = placeOf(origin);
    if (origin.protocol === 'http:') return tunnel ?? (await established(connectPlain({ host, port }), 'connect', ending.signal));
    const options: ConnectionOptions & { highWaterMark: number } = {
      host,
      port,
      servername: isIP(host) ? '' : host,
      ALPNProtocols: [...protocols],
      highWaterMark: RECORD,
      ...(tunnel && { socket: tunnel }),
      secureContext: trusting(authorities),
      ...(memory.tlsSession && { session: memory.tlsSession }),
    };
    const socket = connectTls(options);
    socket.on('session', (session) => {
      memory.tlsSession = session;
    });
    return await established(socket, 'secureConnect', ending.signal);
  } catch (error) {
    delete memory.tlsSession;
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

const contexts = new Map<string | undefined, SecureContext>();

/** All connections share what is made of the authorities: that takes a quarter of a second for a system's file of them. */
function trusting(authorities: string | undefined): SecureContext {
  let context = contexts.get(authorities);
  if (!context) contexts.set(authorities, (context = createSecureContext({ ca: authorities })));
  return context;
}

/** Asks a proxy for a tunnel (RFC 9110 section 9.3.6). */
function openTunnel(proxy: URL, origin: URL, signal: AbortSignal): Promise<Socket> {
  const [name, port] = placeOf(origin);
  const authority = `${isIP(name) === 6 ? `[${name}]` : name}:${port}`;
  const [host, proxyPort] = placeOf(proxy);
  const authorization = basicAuthorization(proxy);
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? tlsRequest : plainRequest)({
      host,
      port: proxyPort,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(authorization && { 'proxy-authorization': authorization }) },
      agent: false,
    });
    const abort = (): void => void request.destroy(signal.reason as Error);
    const settle = (): void => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    request.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      settle();
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.on('error', () => {}).destroy();
      reject(new HttpFault('unreachable', `the proxy ${proxy.host} responded with HTTP ${statusCode}`, statusCode !== 407));
    });
    // A response that is no tunnel is an event of `connect` too, but for one that is not HTTP.
    request.on('error', (error) => {
      settle();
      reject(signal.aborted ? signal.reason : error);
    });
    request.end();
  });
}

function established<T extends Socket>(socket: T, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal.removeEventListener('abort', abort);
      socket.off(event, done).off('error', fail).off('close', closed);
    };
    const done = (): void => {
      settle();
      socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE);
      resolve(socket);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.on('error', () => {}).destroy();
      reject(error);
    };
    const closed = (): void => fail(new Error('the server closed the connection'));
    const abort = (): void => fail(signal.reason);
    socket.once(event, done).once('error', fail).once('close', closed);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

function placeOf({ hostname, port, protocol }: URL): [host: string, port: number] {
  return [hostname.replace(/^\[|\]$/g, ''), Number(port || (protocol === 'https:' ? 443 : 80))];
}
