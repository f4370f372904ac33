/** Servers of HTTP/2 over TLS for tests: one of Node's that counts what it is asked, and one that sends any frame. */
import { writeFileSync } from 'node:fs';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type Settings,
} from 'node:http2';
import { createServer as createTls1Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { closeConnections } from '../../src/system/http-dispatchers.ts';
import { scratchFolder } from './scratch-folder.ts';
import { certificate, privateKey } from './tls-certificate.ts';

export type Http2Answer = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

export interface Http2TestServer {
  /** Without a trailing slash. */
  url: string;
  /** An environment in which its certificate is trusted. */
  env: Record<string, string>;
  /** The sessions of HTTP/2, in order. */
  sessions: ServerHttp2Session[];
  /** TLS connections of any version. */
  connections: number;
  /** The requests in order. */
  asked: { version: string; method: string; path: string; headers: Http2ServerRequest['headers'] }[];
  /** The maximum number of requests at once. */
  most: number;
  /** From now on, says nothing on new connections. */
  mute(): void;
}

/** `answer` serves every request. `latency`: milliseconds until it is called. `http2`: offer it. */
export async function serveHttp2(
  t: TestContext,
  answer: Http2Answer,
  options: { http2?: boolean; allowHTTP1?: boolean; latency?: number; settings?: Settings } = {},
): Promise<Http2TestServer> {
  const sockets = new Set<Socket>();
  let open = 0;
  const { http2 = true, allowHTTP1 = true, latency = 0, settings = {} } = options;
  const secret = { cert: certificate, key: privateKey };
  // What a server of HTTP/1.1 alone calls its handlers with has the same members.
  const server = http2 ? createSecureServer({ ...secret, allowHTTP1, settings }) : (createTls1Server(secret) as never as Http2SecureServer);
  server.on('secureConnection', (socket: TLSSocket) => {
    counts.connections += 1;
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)));
  });
  server.on('session', (session) => {
    counts.sessions.push(session);
    session.on('error', () => {});
  });
  server.on('request', (request, response) => {
    counts.asked.push({ version: request.httpVersion, method: request.method, path: request.url, headers: request.headers });
    counts.most = Math.max(counts.most, ++open);
    response.once('close', () => open--);
    request.stream?.on('error', () => {});
    if (latency > 0) setTimeout(() => answer(request, response), latency);
    else answer(request, response);
  });
  const mute = (): void => {
    server.removeAllListeners('connection').on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  };
  const { url, env } = await listen(t, server, sockets);
  const counts: Http2TestServer = { url, env, sessions: [], connections: 0, asked: [], most: 0, mute };
  return counts;
}

/** Serves the files of a map, with ranges. */
export function filesAnswer(files: ReadonlyMap<string, Uint8Array>): Http2Answer {
  return (request, response) => {
    const bytes = files.get(decodeURIComponent(request.url.slice(1)));
    if (!bytes) return void response.writeHead(404).end();
    const [, from] = /^bytes=(\d+)-$/.exec(String(request.headers.range ?? '')) ?? [];
    const rest = bytes.subarray(Number(from ?? 0));
    const range = from === undefined ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from === undefined ? 200 : 206, { 'content-length': rest.length, etag: '"one"', ...range });
    response.end(rest);
  };
}

/** What a connection of the other server does: it is called when the client's preface has come. */
export type Misbehaviour = (connection: RawConnection) => void;

export interface RawConnection {
  socket: TLSSocket;
  /** Sends a frame (RFC 9113 section 4.1). */
  send(frame: Uint8Array): boolean;
  /** Sends what the function returns, for as long as the client takes it. */
  flood(next: () => Uint8Array): void;
  /** Calls for the header of each frame that the client sends. */
  onFrame(handle: (frame: { type: number; flags: number; stream: number; payload: Buffer }) => void): void;
}

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, push: 5, ping: 6, goaway: 7, window: 8, continuation: 9 };
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 };
/** `:status: 200`, from the static table (RFC 7541 appendix A). */
export const STATUS_200 = Buffer.from([0x88]);

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A literal header without indexing (RFC 7541 section 6.2.2), each part shorter than 127 bytes. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
}

/** A server that chooses `h2` and then misbehaves. `http1`: what it does with clients that offer only HTTP/1.1. */
export async function serveFrames(
  t: TestContext,
  misbehave: Misbehaviour,
  http1?: (socket: TLSSocket) => void,
): Promise<{ url: string; env: Record<string, string>; sockets: Set<TLSSocket>; accepted: () => number }> {
  const sockets = new Set<TLSSocket>();
  let accepted = 0;
  const server = createTlsServer({ cert: certificate, key: privateKey, ALPNProtocols: http1 ? ['h2', 'http/1.1'] : ['h2'] }, (socket) => {
    accepted += 1;
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)));
    if (socket.alpnProtocol === 'h2') misbehave(rawConnection(socket));
    else http1?.(socket);
  });
  return { ...(await listen(t, server, sockets)), sockets, accepted: () => accepted };
}

function rawConnection(socket: TLSSocket): RawConnection {
  const handlers: Parameters<RawConnection['onFrame']>[0][] = [];
  let bytes = Buffer.alloc(0);
  let preface = 24;
  socket.on('data', (piece: Buffer) => {
    bytes = Buffer.concat([bytes, piece]);
    if (preface > 0 && bytes.length >= preface) {
      bytes = bytes.subarray(preface);
      preface = 0;
    }
    while (preface === 0 && bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const length = bytes.readUIntBE(0, 3);
      const read = { type: bytes[3]!, flags: bytes[4]!, stream: bytes.readUInt32BE(5), payload: bytes.subarray(9, 9 + length) };
      bytes = bytes.subarray(9 + length);
      for (const handle of handlers) handle(read);
    }
  });
  return {
    socket,
    send: (sent) => !socket.destroyed && socket.write(sent),
    flood(next) {
      const pour = (): void => {
        if (socket.destroyed) return;
        for (let i = 0; i < 20; i++) if (!socket.write(next())) return void socket.once('drain', pour);
        setImmediate(pour);
      };
      pour();
    },
    onFrame: (handle) => void handlers.push(handle),
  };
}

interface Listening {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
  close(): unknown;
}

async function listen(t: TestContext, server: Listening, sockets: Set<Socket>): Promise<{ url: string; env: Record<string, string> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await closeConnections();
    server.close();
  });
  const file = join(scratchFolder(t), 'certificate.pem');
  writeFileSync(file, certificate);
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, env: { NIX_SSL_CERT_FILE: file, no_proxy: '*' } };
}
