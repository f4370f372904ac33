/** Connections to servers, kept for later requests: a set for each proxy, timeout and set of trusted authorities. */
import { readFileSync } from 'node:fs';
import { HttpFault } from './http-errors.ts';
import type { HttpReply, HttpRequest } from './http-exchange.ts';
import { Turns } from './turns.ts';

const CONNECTIONS_PER_HOST = 4;

/** What connections are made with. */
export interface ConnectionShape {
  /** The proxy's address, for tunnels; undefined for direct connections. */
  proxy: URL | undefined;
  /** Milliseconds for a connection. */
  timeout: number;
  /** The maximum number in use at once, for one host and, over HTTP/1.1, for all. Defaults to 4 for each host. */
  connections: number | undefined;
  /** The file of the authorities to trust instead of Node's. */
  certificateFile: string | undefined;
  /** Whether HTTP/2 is used where a server offers it over TLS. */
  http2: boolean;
}

/** What serves the requests to one server. */
interface Server {
  request(request: HttpRequest): Promise<HttpReply>;
  close(): Promise<void>;
}

/** The connections of one shape. */
export class Connections {
  private readonly servers = new Map<string, Server>();

  /** `serve`: returns what serves an origin. */
  constructor(private readonly serve: (origin: URL) => Server) {}

  /** Throws an HttpFault, the errors of undici, sockets, TLS and HTTP/2, or the signal's reason. */
  request(origin: string, request: HttpRequest): Promise<HttpReply> {
    let server = this.servers.get(origin);
    if (!server) this.servers.set(origin, (server = this.serve(new URL(origin))));
    return server.request(request);
  }

  async close(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.close()));
  }
}

const kept = new Map<string, Promise<Connections>>();

/** Returns the connections of a shape, which later requests use too. Throws an HttpFault for unreadable authorities. */
export function connectionsFor(shape: ConnectionShape): Promise<Connections> {
  const { proxy, timeout, connections, certificateFile, http2 } = shape;
  const key = JSON.stringify([proxy?.href, timeout, connections, certificateFile, http2]);
  let found = kept.get(key);
  if (!found) {
    found = makeConnections(shape);
    kept.set(key, found);
    // A certificate file that is unreadable now may exist later.
    found.catch(() => kept.delete(key));
  }
  return found;
}

/** Loads the clients on the first request: most commands need no network. */
async function makeConnections({ proxy, timeout, connections, certificateFile, http2 }: ConnectionShape): Promise<Connections> {
  const authorities = certificateFile === undefined ? undefined : readCertificates(certificateFile);
  const [{ dial }, { Http1Host }] = await Promise.all([import('./http-dial.ts'), import('./http1-host.ts')]);
  const Host = http2 ? (await import('./http2/host.ts')).Host : undefined;
  const total = connections === undefined ? undefined : new Turns(connections);
  const perHost = connections ?? CONNECTIONS_PER_HOST;
  return new Connections((origin) => {
    const memory = {};
    const dialOrigin = (protocols: readonly string[], signal?: AbortSignal) =>
      dial(origin, protocols, { proxy, authorities, timeout }, memory, signal);
    if (Host && origin.protocol === 'https:') return new Host(origin, { connections: perHost, total, dial: dialOrigin });
    return new Http1Host(origin, { connections: perHost, total, dial: () => dialOrigin(['http/1.1']) });
  });
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
  const open = [...kept.values()];
  kept.clear();
  await Promise.all(open.map(async (connections) => (await connections).close()));
}
