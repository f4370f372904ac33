/**
 * Sends a file to a host: in packed parts, each unpacked there to its place, so that a transfer that was cut goes on where it was. The file
 * has the same bytes at the next try.
 */
import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { BootflakeError } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import { CompressPool } from '../builders/image/compress-pool.ts';
import { readFully } from '../system/read-fully.ts';
import { hostCores } from '../system/host-cores.ts';
import type { SentFile } from './local-image.ts';
import type { HostPrograms } from './probe-host.ts';
import type { SshHost } from './ssh-host.ts';

/** Bytes of a part: what is lost at a cut, and what several threads pack at once. */
const part = 16 << 20;
/** Bytes in which the file there is written. */
const block = 65_536;
/** Of zstd: twice the time of the default one, and a twentieth less to send. */
const level = 9;

/** Of the programs of a host. */
export function unpackersOf({ zstd, gzip }: HostPrograms): UploadOptions['unpackers'] {
  return { zstd: zstd !== undefined, gzip: gzip !== undefined };
}

export interface UploadOptions {
  /** The packers that the host has. */
  unpackers: { zstd: boolean; gzip: boolean };
  progress(event: ProgressEvent): void;
  signal?: AbortSignal | undefined;
}

/** Bytes of the file, those that were sent for it, and its SHA-256 in hexadecimal digits. */
export interface Uploaded {
  bytes: number;
  sent: number;
  sha256: string;
}

/** Completes the file `path` of the host, which may be there in part. Throws `remote/upload-failed`, `remote/disk-full`. */
export async function upload(host: SshHost, file: SentFile, path: string, options: UploadOptions): Promise<Uploaded> {
  const have = Math.min((await host.facts(path))?.size ?? 0, file.bytes);
  const begin = have - (have % block);
  const report = { id: `upload-${path}`, activity: `sending to ${host.address}` };
  options.progress({ type: 'start', ...report, totalBytes: file.bytes });
  options.progress({ type: 'advance', id: report.id, bytes: begin });
  const hash = createHash('sha256');
  await readFile(file.path, 0, begin, (bytes) => void hash.update(bytes), options.signal);
  let sent = 0;
  if (begin < file.bytes)
    sent = await send(host, file, path, begin, {
      ...options,
      hash,
      advance: (bytes) => options.progress({ type: 'advance', id: report.id, bytes }),
    });
  options.progress({ type: 'finish', id: report.id });
  const { output } = await host.do('sync "$1" 2>/dev/null || sync; sha256sum < "$1"', [path]);
  const sha256 = hash.digest('hex');
  if (output.toString('latin1').startsWith(sha256)) return { bytes: file.bytes, sent, sha256 };
  await host.remove(path);
  throw new BootflakeError({
    code: 'remote/upload-failed',
    message: `what ${host.address} received is not what was sent`,
    hint: 'Run the command again: it is sent anew.',
  });
}

/** Calls `take` with all bytes from `begin` to `end`, in pieces. */
async function readFile(
  path: string,
  begin: number,
  end: number,
  take: (bytes: Buffer) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (begin >= end) return;
  for await (const bytes of fs.createReadStream(path, { start: begin, end: end - 1, highWaterMark: 1 << 20, ...(signal && { signal }) }))
    take(bytes as Buffer);
}

/** Bytes that `upload` would send for a file of which the host has nothing. */
export async function packedBytes(file: SentFile, unpackers: UploadOptions['unpackers'], signal?: AbortSignal): Promise<number> {
  const { pack, close } = packerFor(unpackers);
  try {
    let sum = 0;
    for (const bytes of partsOf(file, 0)) {
      signal?.throwIfAborted();
      sum += (await pack(bytes)).length;
    }
    return sum;
  } finally {
    close();
  }
}

/** The parts of a file from `begin` on, each of which is the caller's. */
function* partsOf({ path, bytes: size }: SentFile, begin: number): Generator<Uint8Array> {
  const source = fs.openSync(path, 'r');
  try {
    for (let at = begin; at < size; at += part) {
      const bytes = Buffer.alloc(Math.min(part, size - at));
      readFully(source, bytes, at);
      yield bytes;
    }
  } finally {
    fs.closeSync(source);
  }
}

async function send(
  host: SshHost,
  file: SentFile,
  path: string,
  begin: number,
  { unpackers, signal, hash, advance }: UploadOptions & { hash: Hash; advance(bytes: number): void },
): Promise<number> {
  const { unpack, pack, close } = packerFor(unpackers);
  // An earlier transfer that still waits for its link writes the same bytes to the same places.
  const script = `${unpack} | dd of="$1" bs=${block} seek="$2" conv=notrunc iflag=fullblock status=none`;
  const program = host.session.start(script, [path, String(begin / block)]);
  program.output.resume();
  const onAbort = () => program.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  let over = false;
  void program.ended.then(() => (over = true));
  const write = async (bytes: Uint8Array): Promise<void> => {
    // A link that is lost is an error of its input, and its end.
    if (!over && !program.input.write(bytes)) await Promise.race([drained(program.input), program.ended]);
  };
  let sent = 0;
  const ahead: { plain: number; packed: Promise<Uint8Array> }[] = [];
  const sendFirst = async (): Promise<void> => {
    const { plain, packed } = ahead.shift()!;
    const bytes = await packed;
    await write(bytes);
    sent += bytes.length;
    advance(plain);
  };
  try {
    for (const bytes of partsOf(file, begin)) {
      if (over) break;
      signal?.throwIfAborted();
      hash.update(bytes);
      const packed = pack(bytes);
      packed.catch(() => {});
      ahead.push({ plain: bytes.length, packed });
      if (ahead.length > 2 * hostCores()) await sendFirst();
    }
    while (ahead.length > 0 && !over) await sendFirst();
    program.input.end();
    const status = await program.ended;
    signal?.throwIfAborted();
    if (status !== 0) throw uploadFailed(host.address, status, program.errors());
    return sent;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    close();
    if (!over) program.close();
  }
}

const drained = (stream: Writable): Promise<unknown> => new Promise((resolve) => stream.once('drain', resolve));

const gzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gzip);

/** The packer that the host can undo, and how. */
function packerFor({ zstd, gzip: hasGzip }: UploadOptions['unpackers']) {
  if (zstd) {
    const pool = new CompressPool(hostCores(), 'zstd', level);
    const pack = async (bytes: Uint8Array): Promise<Uint8Array> => (await pool.pack([bytes]))[0]!.bytes;
    return { unpack: 'zstd -q -d -c', pack, close: () => pool.close() };
  }
  const pack = async (bytes: Uint8Array): Promise<Uint8Array> => (hasGzip ? gzip(bytes, { level: 6 }) : bytes);
  return { unpack: hasGzip ? 'gzip -d -c' : 'cat', pack, close: () => {} };
}

function uploadFailed(address: string, status: number, errors: string): BootflakeError {
  const full = /No space left|Disk quota/.test(errors) || status === 1;
  return new BootflakeError({
    code: status === 255 ? 'remote/connection-lost' : full ? 'remote/disk-full' : 'remote/upload-failed',
    message:
      status === 255
        ? `the connection to ${address} was lost while an image was sent`
        : `${address} could not write what was sent${errors === '' ? '' : `: ${errors}`}`,
    hint:
      full && status !== 255
        ? 'Make space there, and run the command again: it goes on where this one was.'
        : 'Run the command again: it goes on where this one was.',
  });
}
