/**
 * A small daemon, written from the description of Nix's worker protocol and apart from the product's code: a store in memory, on a socket.
 * A test may replace the answer to any request, and so let it lie.
 */
import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export const Op = {
  AddTempRoot: 11,
  SetOptions: 19,
  QueryPathInfo: 26,
  QueryValidPaths: 31,
  BuildDerivation: 36,
  NarFromPath: 38,
  AddMultipleToStore: 44,
  BuildPathsWithResults: 46,
};
export const LAST = 0x616c7473;
export const NEXT = 0x6f6c6d67;
export const ERROR = 0x63787470;
export const RESULT = 0x52534c54;

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function str(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([u64(bytes.length), bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}

export const strs = (texts: readonly string[]): Buffer => Buffer.concat([u64(texts.length), ...texts.map(str)]);

export function errorMessage(text: string): Buffer {
  return Buffer.concat([u64(ERROR), str('Error'), u64(0), str('Error'), str(text), u64(0), u64(0)]);
}

export function logLine(line: string): Buffer {
  return Buffer.concat([u64(RESULT), u64(7), u64(101), u64(1), u64(1), str(line)]);
}

export interface DaemonPath {
  nar: Buffer;
  references?: string[];
  deriver?: string;
  signatures?: string[];
  ca?: string;
}

/** The facts about a path as they are sent. */
export function unkeyedInfo({ nar, references = [], deriver = '', signatures = [], ca = '' }: DaemonPath): Buffer {
  const hash = createHash('sha256').update(nar).digest('hex');
  return Buffer.concat([str(deriver), str(hash), strs(references), u64(0), u64(nar.length), u64(0), strs(signatures), str(ca)]);
}

/** Bytes of a client, waited for. */
export class ClientBytes {
  private held = Buffer.alloc(0);
  private readonly pieces: AsyncIterator<Buffer>;

  constructor(socket: Socket) {
    this.pieces = socket[Symbol.asyncIterator]();
  }

  async bytes(length: number): Promise<Buffer> {
    while (this.held.length < length) {
      const next = await this.pieces.next();
      if (next.done) throw new Error('the client has gone');
      this.held = Buffer.concat([this.held, next.value]);
    }
    const taken = this.held.subarray(0, length);
    this.held = this.held.subarray(length);
    return taken;
  }

  async u64(): Promise<number> {
    return Number((await this.bytes(8)).readBigUInt64LE());
  }

  async str(): Promise<string> {
    const length = await this.u64();
    const text = (await this.bytes(length)).toString('latin1');
    await this.bytes((8 - (length % 8)) % 8);
    return text;
  }

  async strs(): Promise<string[]> {
    const texts: string[] = [];
    for (let left = await this.u64(); left > 0; left--) texts.push(await this.str());
    return texts;
  }

  /** All frames up to the empty one. */
  async frames(): Promise<Buffer> {
    const frames: Buffer[] = [];
    for (;;) {
      const length = await this.u64();
      if (length === 0) return Buffer.concat(frames);
      frames.push(await this.bytes(length));
    }
  }
}

export interface BuildRequest {
  drvPath: string;
  outputs: Map<string, string>;
  inputs: string[];
  system: string;
  builder: string;
  args: string[];
  env: Map<string, string>;
}

export interface TestDaemonOptions {
  minor?: number;
  /** 1 for yes, 2 for no, 0 for no statement. */
  trust?: number;
  /** Responds to a request in place of the daemon, which then does nothing more, if it returns true. */
  answer?: (op: number, client: ClientBytes, socket: Socket) => boolean | void | Promise<boolean | void>;
  /** Greets in place of the daemon. */
  greet?: (socket: Socket) => void;
  /** Makes the outputs, and returns the message of a failure. */
  build?: (request: BuildRequest, socket: Socket) => string | void;
}

export interface TestDaemon {
  uri: string;
  socket: string;
  paths: Map<string, DaemonPath>;
  /** The operations that were requested, in order. */
  requests: number[];
  connections: number;
  roots: Set<string>;
}

export async function startDaemon(t: TestContext, folder: string, options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const socketPath = join(folder, `daemon-${process.pid}-${Math.floor(performance.now() * 1000)}`);
  const daemon: TestDaemon = {
    uri: `unix://${socketPath}`,
    socket: socketPath,
    paths: new Map(),
    requests: [],
    connections: 0,
    roots: new Set(),
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    daemon.connections += 1;
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (options.greet) return options.greet(socket);
    void serve(daemon, socket, options).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return daemon;
}

async function serve(daemon: TestDaemon, socket: Socket, options: TestDaemonOptions): Promise<void> {
  const { minor = 38, trust = 1, answer } = options;
  const client = new ClientBytes(socket);
  if ((await client.u64()) !== 0x6e697863) throw new Error('no client of Nix');
  socket.write(Buffer.concat([u64(0x6478696f), u64(0x100 | minor)]));
  const version = Math.min(minor, (await client.u64()) & 0xff);
  if (version >= 38) {
    await client.strs();
    socket.write(strs(['some-feature']));
  }
  if (await client.u64()) await client.u64();
  await client.u64();
  if (version >= 33) socket.write(str('2.99.0'));
  if (version >= 35) socket.write(u64(trust));
  socket.write(u64(LAST));
  for (;;) {
    const op = await client.u64();
    daemon.requests.push(op);
    if (await answer?.(op, client, socket)) continue;
    await perform(daemon, op, client, socket, { ...options, minor: version });
  }
}

async function perform(daemon: TestDaemon, op: number, client: ClientBytes, socket: Socket, options: TestDaemonOptions): Promise<void> {
  const { paths } = daemon;
  const { minor = 38 } = options;
  switch (op) {
    case Op.SetOptions: {
      for (let i = 0; i < 12; i++) await client.u64();
      for (let left = await client.u64(); left > 0; left--) await client.strs();
      return void socket.write(u64(LAST));
    }
    case Op.AddTempRoot: {
      daemon.roots.add(await client.str());
      return void socket.write(Buffer.concat([u64(LAST), u64(1)]));
    }
    case Op.QueryPathInfo: {
      const found = paths.get(await client.str());
      return void socket.write(Buffer.concat([u64(LAST), u64(found ? 1 : 0), ...(found ? [unkeyedInfo(found)] : [])]));
    }
    case Op.QueryValidPaths: {
      const asked = await client.strs();
      await client.u64();
      return void socket.write(Buffer.concat([u64(LAST), strs(asked.filter((path) => paths.has(path)))]));
    }
    case Op.NarFromPath: {
      const path = await client.str();
      const found = paths.get(path);
      return void socket.write(found ? Buffer.concat([u64(LAST), found.nar]) : errorMessage(`path '${path}' is not valid`));
    }
    case Op.AddMultipleToStore: {
      await client.u64();
      await client.u64();
      takePaths(daemon, await client.frames());
      return void socket.write(u64(LAST));
    }
    case Op.BuildDerivation: {
      const failure = options.build?.(await readBuild(client), socket);
      return void socket.write(Buffer.concat([u64(LAST), buildResult(minor, failure)]));
    }
    case Op.BuildPathsWithResults: {
      const [target = ''] = await client.strs();
      await client.u64();
      const drvPath = target.split('!')[0]!;
      const request = { drvPath, outputs: new Map(), inputs: [], system: '', builder: '', args: [], env: new Map() };
      const failure = options.build?.(request, socket);
      return void socket.write(Buffer.concat([u64(LAST), u64(1), str(target), buildResult(minor, failure)]));
    }
    default:
      socket.end(errorMessage(`invalid operation ${op}`));
  }
}

async function readBuild(client: ClientBytes): Promise<BuildRequest> {
  const drvPath = await client.str();
  const outputs = new Map<string, string>();
  for (let left = await client.u64(); left > 0; left--) {
    outputs.set(await client.str(), await client.str());
    await client.str();
    await client.str();
  }
  const inputs = await client.strs();
  const [system, builder, args] = [await client.str(), await client.str(), await client.strs()];
  const env = new Map<string, string>();
  for (let left = await client.u64(); left > 0; left--) env.set(await client.str(), await client.str());
  await client.u64();
  return { drvPath, outputs, inputs, system, builder, args, env };
}

function buildResult(minor: number, failure: string | void): Buffer {
  const times = minor >= 37 ? [u64(1), u64(5), u64(0)] : [];
  return Buffer.concat([u64(failure === undefined ? 0 : 9), str(failure ?? ''), u64(1), u64(0), u64(0), u64(0), ...times, u64(0)]);
}

/** The number of paths; of each its name, its facts and its archive, which has the length that the facts say. */
function takePaths(daemon: TestDaemon, bytes: Buffer): void {
  let at = 0;
  const number = (): number => Number(bytes.readBigUInt64LE((at += 8) - 8));
  const text = (): string => {
    const length = number();
    const found = bytes.toString('latin1', at, at + length);
    at += length + ((8 - (length % 8)) % 8);
    return found;
  };
  const texts = (): string[] => Array.from({ length: number() }, text);
  for (let left = number(); left > 0; left--) {
    const [path, deriver, hash, references] = [text(), text(), text(), texts()];
    number();
    const size = number();
    number();
    const [signatures, ca] = [texts(), text()];
    const nar = bytes.subarray(at, (at += size));
    if (createHash('sha256').update(nar).digest('hex') !== hash) throw new Error(`hash mismatch of ${path}`);
    for (const reference of references)
      if (reference !== path && !daemon.paths.has(reference)) throw new Error(`${reference} is not valid`);
    daemon.paths.set(path, { nar: Buffer.from(nar), references, deriver, signatures, ca });
  }
  if (at !== bytes.length) throw new Error('bytes follow the last path');
}
