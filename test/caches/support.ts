/** Caches made by our own writer, served by HTTP or from a folder, and what substitutes from them. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import * as zlib from 'node:zlib';
import { Substituters } from '../../src/caches/substituters.ts';
import { printNarInfo, type NarInfo } from '../../src/nix-format/narinfo.ts';
import { dumpNar, fileTreeSource } from '../../src/nix-format/nar-writer.ts';
import { fingerprint, generateKey, printKey, publicKeyOf, signText } from '../../src/nix-format/signature.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { removeTree } from '../../src/store/physical-tree.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { directory, file, symlink, type FileNode } from '../../src/tree/file-tree.ts';

export const key = generateKey('cache.example.org-1');
export const trusted = printKey(publicKeyOf(key));

export function testFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-caches-'));
  t.after(() => removeTree(folder));
  return folder;
}

export function narOf(tree: FileNode): Buffer {
  const pieces: Buffer[] = [];
  dumpNar(fileTreeSource, tree, (piece) => pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces);
}

export const sample = (text = 'text\n'): FileNode =>
  directory([
    ['bin', directory([['run', file('#!/bin/sh\n', 0o755)]])],
    ['empty', file('')],
    ['link', symlink('bin/run')],
    ['big', file(Buffer.alloc(700_000, text))],
    ['text', file(text)],
  ]);

/** The same name has the same path. */
export function storePath(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex').replaceAll('e', 'x').slice(0, 32);
  return `/nix/store/${digits}-${name}`;
}

const hashOf = (bytes: Uint8Array) => ({ algorithm: 'sha256' as const, bytes: createHash('sha256').update(bytes).digest() });

export interface MadePath {
  info: NarInfo;
  packed: Buffer;
}

/** Makes a path's archive and facts. `change` alters the facts before they are signed, `lie` after. */
export function makePath(
  name: string,
  options: {
    tree?: FileNode;
    nar?: Buffer;
    compression?: string;
    pack?: (nar: Buffer) => Buffer;
    references?: string[];
    change?: Partial<NarInfo>;
    lie?: Partial<NarInfo>;
    unsigned?: boolean;
    key?: typeof key;
  } = {},
): MadePath {
  const { compression = 'none', references = [], pack = packers[compression]! } = options;
  const nar = options.nar ?? narOf(options.tree ?? sample(`${name}\n`));
  const packed = pack(nar);
  const info: NarInfo = {
    storePath: storePath(name),
    url: `nar/${name}.nar`,
    compression,
    fileHash: hashOf(packed),
    fileSize: packed.length,
    narHash: hashOf(nar),
    narSize: nar.length,
    references: [...references].sort(),
    signatures: [],
    unknown: [],
    ...options.change,
  };
  if (!options.unsigned) info.signatures = [signText(options.key ?? key, fingerprint(info))];
  return { info: { ...info, ...options.lie }, packed };
}

const packers: Record<string, (nar: Buffer) => Buffer> = {
  none: (nar) => nar,
  gzip: (nar) => zlib.gzipSync(nar),
  br: (nar) => zlib.brotliCompressSync(nar, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 } }),
};

export type Files = Map<string, Uint8Array>;

export function cacheFiles(paths: MadePath[], cacheInfo = 'StoreDir: /nix/store\nWantMassQuery: 1\n'): Files {
  const files: Files = new Map([['nix-cache-info', Buffer.from(cacheInfo)]]);
  for (const { info, packed } of paths) {
    files.set(`${info.storePath.slice(11, 43)}.narinfo`, Buffer.from(printNarInfo(info)));
    files.set(info.url, packed);
  }
  return files;
}

export function writeCache(folder: string, files: Files): void {
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}

export interface TestServer {
  url: string;
  requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];
  /** The requests for a kind of file. */
  count(pattern: RegExp): number;
}

/** `handle` may respond itself, and then returns true. */
export async function serve(
  t: TestContext,
  files: Files,
  handle: (request: IncomingMessage, response: ServerResponse) => boolean | void = () => {},
): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method!, url: request.url!, headers: request.headers });
    if (handle(request, response)) return;
    const bytes = files.get(decodeURIComponent(request.url!.slice(1)));
    if (!bytes) return void response.writeHead(404).end();
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined) return void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    const rest = bytes.subarray(Number(from));
    response.writeHead(206, { 'content-length': rest.length, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
    response.end(rest);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, count: (pattern) => requests.filter((request) => pattern.test(request.url)).length };
}

export interface TestSubstituters {
  substituters: Substituters;
  store: LocalStore;
  warnings: string[];
  folder: string;
  signal: AbortSignal;
  /** Looks for the path and fetches it. */
  fetch(path: string): Promise<void>;
}

export function testSubstituters(
  t: TestContext,
  uris: string[],
  settings: Record<string, string> = {},
  options: { folder?: string; env?: NodeJS.ProcessEnv; stalledAfter?: number } = {},
): TestSubstituters {
  const folder = options.folder ?? testFolder(t);
  const warnings: string[] = [];
  const env = { NIX_CONF_DIR: '/nonexistent', HOME: folder, ...options.env };
  const { substituters: caches, network } = readSettings(
    { nixSettings: { substituters: uris.join(' '), 'trusted-public-keys': trusted, ...settings } },
    env,
  );
  const substituters = new Substituters({
    settings: caches,
    network: { attempts: 2, ...network, ...(options.stalledAfter !== undefined && { stalledAfter: options.stalledAfter }) },
    cacheDir: join(folder, 'cache'),
    onWarning: (message) => void warnings.push(message),
  });
  const store = LocalStore.open({ root: join(folder, 'root') });
  // What it keeps of the caches would otherwise be written after the folder was removed.
  t.after(async () => {
    await substituters.close();
    removeTree(folder);
  });
  const { signal } = new AbortController();
  const fetch = async (path: string): Promise<void> =>
    substituters.substitute(store, path, await substituters.find(path, { signal }), { signal });
  return { substituters, store, warnings, folder, signal, fetch };
}
