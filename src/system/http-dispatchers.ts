/** undici's connection pools: one for each proxy, timeout and set of trusted authorities. */
import { readFileSync } from 'node:fs';
import type { Dispatcher } from 'undici';
import { HttpFault } from './http-errors.ts';
import { basicAuthorization } from './proxy.ts';
import { Turns } from './turns.ts';

const CONNECTIONS_PER_HOST = 4;

/** What connections are made with. */
export interface ConnectionShape {
  /** Milliseconds for a connection. */
  timeout: number;
  /** The maximum number for one host. Defaults to 4. */
  connections?: number | undefined;
}

/**
 * The connections of one proxy, shape and set of authorities. At most as many requests as there are connections to a host are given to
 * undici: one that waits in a pool's own queue ignores its signal, and after a connection that failed it may wait for ever.
 */
export class Connections {
  private readonly hosts = new Map<string, Turns>();

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly perHost: number,
  ) {}

  /** The host is free again when the response's body has ended, or the request has failed. */
  async request(options: Dispatcher.RequestOptions & { origin: string; signal?: AbortSignal }): Promise<Dispatcher.ResponseData> {
    const { origin, signal } = options;
    const turns = this.hosts.get(origin) ?? new Turns(this.perHost);
    this.hosts.set(origin, turns);
    await turns.enter(signal);
    try {
      const response = await this.dispatcher.request(options);
      response.body.once('close', () => turns.leave());
      return response;
    } catch (error) {
      turns.leave();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.dispatcher.close();
  }
}

const dispatchers = new Map<string, Promise<Connections>>();

/**
 * Returns the connections for a proxy's address or `direct`; `certificateFile` holds the authorities to trust instead of Node's. Reused by
 * later requests.
 */
export function dispatcherFor(proxy: string, shape: ConnectionShape, certificateFile: string | undefined): Promise<Connections> {
  const { timeout, connections = CONNECTIONS_PER_HOST } = shape;
  const key = `${proxy} ${timeout} ${connections} ${certificateFile ?? ''}`;
  let found = dispatchers.get(key);
  if (!found) {
    found = makeDispatcher(proxy, { timeout, connections }, certificateFile).then((made) => new Connections(made, connections));
    dispatchers.set(key, found);
    // A certificate file that is unreadable now may exist later.
    found.catch(() => dispatchers.delete(key));
  }
  return found;
}

/** Loads undici on the first request: most commands need no network. */
async function makeDispatcher(
  proxy: string,
  { timeout, connections }: ConnectionShape,
  certificateFile: string | undefined,
): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await import('undici');
  const trust = certificateFile === undefined ? {} : { ca: readCertificates(certificateFile) };
  const shape = { connections, pipelining: 1, connect: { timeout, ...trust }, keepAliveTimeout: 5_000 };
  if (proxy === 'direct') return new Agent(shape);
  const token = basicAuthorization(new URL(proxy));
  return new ProxyAgent({ uri: proxy, ...shape, requestTls: trust, ...(token && { token }) });
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HttpFault('certificate', `the authorities to trust cannot be read: ${(error as Error).message}`, false);
  }
}

/** Closes the idle connections, so that a process may end at once. */
export async function closeConnections(): Promise<void> {
  const open = [...dispatchers.values()];
  dispatchers.clear();
  await Promise.all(open.map(async (dispatcher) => (await dispatcher).close()));
}
