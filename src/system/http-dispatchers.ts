/** undici's connection pools: one for each proxy, timeout and set of trusted authorities. */
import { readFileSync } from 'node:fs';
import type { Dispatcher } from 'undici';
import { HttpFault } from './http-errors.ts';
import { basicAuthorization } from './proxy.ts';

const CONNECTIONS_PER_HOST = 4;

/** What connections are made with. */
export interface ConnectionShape {
  /** Milliseconds for a connection. */
  timeout: number;
  /** The maximum number for one host. Defaults to 4. */
  connections?: number | undefined;
}

const dispatchers = new Map<string, Promise<Dispatcher>>();

/**
 * Returns the dispatcher for a proxy's address or `direct`; `certificateFile` holds the authorities to trust instead of Node's. Reused by
 * later requests.
 */
export function dispatcherFor(proxy: string, shape: ConnectionShape, certificateFile: string | undefined): Promise<Dispatcher> {
  const { timeout, connections = CONNECTIONS_PER_HOST } = shape;
  const key = `${proxy} ${timeout} ${connections} ${certificateFile ?? ''}`;
  let found = dispatchers.get(key);
  if (!found) {
    found = makeDispatcher(proxy, { timeout, connections }, certificateFile);
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
