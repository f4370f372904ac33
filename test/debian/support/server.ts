/** A web server for tests that can misbehave. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { DebianMirrors } from '../../../src/debian/mirrors.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  /** Without a trailing slash. */
  url: string;
  /** The requests in order: the path, and the Range header if there was one. */
  asked: { path: string; range: string | undefined; host: string | undefined }[];
  close(): Promise<void>;
}

/** Serves files with ranges; a response of `special` takes precedence. */
export async function serve(t: TestContext, files: Map<string, Uint8Array>, special: Record<string, Answer> = {}): Promise<TestServer> {
  const asked: TestServer['asked'] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://server').pathname.slice(1));
    asked.push({ path, range: request.headers.range, host: request.headers.host });
    const answer = special[path] ?? special['*'];
    if (answer) answer(request, response);
    else sendFile(files.get(path), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  t.after(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}

export function sendFile(bytes: Uint8Array | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (!bytes) {
    response.writeHead(404).end('no such file');
    return;
  }
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) {
    response.writeHead(200, { 'content-length': bytes.length, etag: '"one"' }).end(bytes);
    return;
  }
  const rest = bytes.subarray(Number(from));
  response
    .writeHead(206, { 'content-length': rest.length, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`, etag: '"one"' })
    .end(rest);
}

/** Announces the full length, sends the first `count` bytes, and cuts the connection. */
export function cutAfter(bytes: Uint8Array, count: number): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const status = from > 0 ? 206 : 200;
    response.writeHead(status, {
      'content-length': bytes.length - from,
      etag: '"one"',
      ...(status === 206 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    response.write(bytes.subarray(from, from + count), () => setTimeout(() => response.destroy(), 20));
  };
}

/** The mirrors of a server that has Debian's archives in the folders of these names. */
export function mirrorsAt(url: string): DebianMirrors {
  return {
    debian: `${url}/debian`,
    security: `${url}/debian-security`,
    snapshot: `${url}/snapshot`,
    origin: { debian: 'test', security: 'test' },
  };
}
