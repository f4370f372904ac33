/**
 * GitHub, GitLab, SourceHut and any other web host, as far as fetching flakes goes: a proxy that handles CONNECT to any host itself, in
 * TLS with a certificate of its own. So real nix and we can use real references; the environment sets the trusted certificate and the
 * proxy for both.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { closeConnections } from '../../src/system/http-dispatchers.ts';
import { makeTar, type TarEntry } from '../debian/support/deb-maker.ts';
import { certificate, privateKey } from './forge-certificate.ts';
import { setEnvironment } from '../support/environment.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Asked {
  /** `github.com/owner/repo/...`, with the query. */
  url: string;
  headers: IncomingMessage['headers'];
  /** Of HTTP. */
  version: string;
  status: number;
}

/** A commit that a forge has: its hash, and the files of its archive by path. */
export interface ForgeCommit {
  rev: string;
  files: TarEntry[];
}

export class Forge {
  private readonly answers = new Map<string, Answer>();
  private readonly fallbacks = new Map<string, Answer>();
  readonly asked: Asked[] = [];
  /** The tunnels requested of the proxy, `HOST:PORT`, and the last one's Proxy-Authorization. */
  readonly tunnels: string[] = [];
  proxyAuthorization: string | undefined;
  /** Hosts that the proxy cannot reach. */
  readonly unreachable = new Set<string>();
  /** The environment of a client. */
  environment: Record<string, string> = {};

  /** Requests of the test's own process go here too until the test ends. `http2`: offer it behind the tunnels. */
  static async open(t: TestContext, { http2 = false } = {}): Promise<Forge> {
    const forge = new Forge();
    const answer = (request: IncomingMessage, response: ServerResponse): void => forge.answer(request, response);
    const secret = { cert: certificate, key: privateKey };
    // Its requests and responses have what those of HTTP/1.1 have.
    const tls = http2 ? createSecureServer({ ...secret, allowHTTP1: true }, answer as never) : createTlsServer(secret, answer);
    const tlsPort = await listen(tls);
    const sockets = new Set<Socket>();
    const proxy = createPlainServer((request, response) => forge.answer(request, response));
    proxy.on('connect', (request: IncomingMessage, client: Socket) => {
      const host = request.url!.split(':')[0]!;
      forge.tunnels.push(request.url!);
      forge.proxyAuthorization = request.headers['proxy-authorization'];
      if (forge.unreachable.has(host)) {
        forge.asked.push({ url: host, headers: {}, version: '1.1', status: 502 });
        return client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      }
      const server = connect(tlsPort, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        sockets.add(from);
        from
          .on('error', () => to.destroy())
          .on('close', () => to.destroy())
          .pipe(to);
      }
    });
    const url = `http://127.0.0.1:${await listen(proxy)}`;
    const folder = scratchFolder(t);
    const file = join(folder, 'certificate.pem');
    writeFileSync(file, certificate);
    forge.environment = { https_proxy: url, http_proxy: url, NIX_SSL_CERT_FILE: file, GIT_SSL_CAINFO: file, no_proxy: '' };
    setEnvironment(t, forge.environment);
    t.after(async () => {
      for (const socket of sockets) socket.destroy();
      await closeConnections();
      tls.close();
      proxy.close();
    });
    return forge;
  }

  /** Handles `https://URL` (given without its scheme, with the query). */
  on(url: string, answer: Answer): void {
    this.answers.set(url, answer);
  }

  file(url: string, bytes: Uint8Array | string, headers: Record<string, string> = {}): void {
    this.on(url, sendFile(Buffer.from(bytes as string), headers));
  }

  github(owner: string, repo: string, refs: Record<string, ForgeCommit>): void {
    for (const [ref, { rev, files }] of Object.entries(refs)) {
      this.file(
        `api.github.com/repos/${owner}/${repo}/commits/${ref}`,
        JSON.stringify({ sha: rev, commit: { tree: { sha: '1'.repeat(40) } } }),
      );
      const archive = archiveOf(`${repo}-${rev}`, files);
      this.file(`codeload.example.test/${owner}/${repo}/tar.gz/${rev}`, archive);
      this.on(
        `github.com/${owner}/${repo}/archive/${rev}.tar.gz`,
        redirect(`https://codeload.example.test/${owner}/${repo}/tar.gz/${rev}`),
      );
      this.on(
        `api.github.com/repos/${owner}/${repo}/tarball/${rev}`,
        redirect(`https://codeload.example.test/${owner}/${repo}/tar.gz/${rev}`),
      );
    }
  }

  /** `owner`: `group/subgroup`. */
  gitlab(owner: string, repo: string, refs: Record<string, ForgeCommit>): void {
    // nix 2.34 does not escape the slash of a subgroup, which GitLab itself does not accept.
    for (const project of new Set([encodeURIComponent(`${owner}/${repo}`), `${owner}%2F${repo}`])) {
      const base = `gitlab.com/api/v4/projects/${project}/repository`;
      for (const [ref, { rev, files }] of Object.entries(refs)) {
        this.file(`${base}/commits?ref_name=${encodeURIComponent(ref)}`, JSON.stringify([{ id: rev }]));
        this.file(`${base}/archive.tar.gz?sha=${rev}`, archiveOf(`${repo}-${rev}`, files));
      }
    }
  }

  sourcehut(owner: string, repo: string, head: string, refs: Record<string, ForgeCommit>): void {
    const base = `git.sr.ht/${owner}/${repo}`;
    this.file(`${base}/HEAD`, `ref: ${head}`);
    this.file(
      `${base}/info/refs`,
      Object.entries(refs)
        .map(([ref, { rev }]) => `${rev}\t${ref}\n`)
        .join(''),
    );
    for (const { rev, files } of Object.values(refs)) this.file(`${base}/archive/${rev}.tar.gz`, archiveOf(`${repo}-${rev}`, files));
  }

  /** Serves the repositories in a folder below `https://HOST/`, using git's own HTTP backend. */
  repositories(host: string, folder: string): void {
    this.fallbacks.set(host, (request, response) => serveGit(folder, request, response));
  }

  /** Serves a folder's files as `https://HOST/`; with `status`, a request gets that status instead while it returns one. */
  folder(host: string, folder: string): void {
    this.fallbacks.set(host, (request, response) => {
      const path = decodeURIComponent(new URL(request.url!, `https://${host}`).pathname);
      const file = join(folder, path);
      if (path.includes('..') || !existsSync(file)) response.writeHead(404).end();
      else response.writeHead(200, { 'content-length': statSync(file).size }) && createReadStream(file).pipe(response);
    });
  }

  /** The requests since the last call: `STATUS URL`. */
  takeAsked(): string[] {
    return this.asked.splice(0).map(({ url, status }) => `${status} ${url}`);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    // Requests to the plain HTTP proxy contain absolute URLs.
    const host = request.headers.host ?? request.headers[':authority'];
    const url = `${request.url!.startsWith('http://') ? '' : host}${request.url!.replace(/^http:\/\//, '')}`;
    const asked: Asked = { url, headers: request.headers, version: request.httpVersion, status: 0 };
    this.asked.push(asked);
    response.on('close', () => {
      asked.status = response.statusCode;
    });
    const answer = this.answers.get(url) ?? this.fallbacks.get(url.split('/')[0] as string);
    if (answer) answer(request, response);
    else response.writeHead(404).end('not found');
    asked.status = response.statusCode;
  }
}

async function listen(server: { listen(port: number, host: string, done: () => void): unknown; address(): unknown }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export function redirect(to: string, headers: Record<string, string> = {}): Answer {
  return (_request, response) => void response.writeHead(302, { location: to, ...headers }).end();
}

/** With an entity tag: a file that the client has is not sent again. */
export function sendFile(bytes: Uint8Array, headers: Record<string, string> = {}): Answer {
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
  return (request, response) => {
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { 'content-length': bytes.length, etag, ...headers }).end(bytes);
  };
}

/** An archive as forges make them: everything in one folder. */
export function archiveOf(folder: string, files: TarEntry[]): Buffer {
  return gzipSync(makeTar([{ path: `${folder}/` }, ...files.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }))]));
}

/** git http-backend is a CGI program (RFC 3875). */
function serveGit(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = request.url!.split('?');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => {});
  const pieces: Buffer[] = [];
  child.stdout
    .on('data', (piece: Buffer) => pieces.push(piece))
    .on('end', () => {
      const output = Buffer.concat(pieces);
      const end = output.indexOf('\r\n\r\n');
      const headers = Object.fromEntries(
        output
          .toString('latin1', 0, end)
          .split('\r\n')
          .map((line) => line.split(': ') as [string, string]),
      );
      const { Status: status = '200', ...rest } = headers;
      response.writeHead(parseInt(status, 10), rest).end(output.subarray(end + 4));
    });
}
