/** `bootflake vm cp`: files and folders between this host and a machine, as tar archives over its port for commands. */
import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import * as tar from 'tar';
import { BootflakeError } from '../base/errors.ts';
import { isInstanceName } from '../instances/instance-name.ts';
import { aborted } from '../system/aborted.ts';
import { execInMachine, type GuestCommandRequest } from './machine-guest.ts';
import type { PipelineContext } from './pipeline.ts';

export interface CopyRequest {
  from: string;
  to: string;
  /** Milliseconds to wait for a machine that is booting. */
  timeout: number;
}

type Context = Pick<PipelineContext, 'env' | 'signal' | 'cwd' | 'host'>;

/** `NAME:PATH`; undefined for a path of the host. A path with a slash before the colon is the host's. */
function machinePath(text: string): { name: string; path: string } | undefined {
  const at = text.indexOf(':');
  const name = text.slice(0, Math.max(0, at));
  return at > 0 && isInstanceName(name) ? { name, path: text.slice(at + 1) || '.' } : undefined;
}

/**
 * Copies a file, or a folder with all that is in it. Into a folder that exists it is copied under its own name, as cp does. Throws
 * `instance/bad-copy`, `instance/copy-failed`.
 */
export async function copyMachineFiles(context: Context, request: CopyRequest): Promise<void> {
  const [from, to] = [machinePath(request.from), machinePath(request.to)];
  if (from && !to) return copyOut(context, from, resolve(context.cwd, request.to), request.timeout);
  if (to && !from) return copyIn(context, resolve(context.cwd, request.from), to, request.timeout);
  throw new BootflakeError({
    code: 'instance/bad-copy',
    message: from ? 'both paths are of machines' : `neither '${request.from}' nor '${request.to}' is a path of a machine`,
    hint: 'One of them must be NAME:PATH, the other a path of this host: bootflake vm cp notes.txt web:/root/',
  });
}

async function copyIn(context: Context, source: string, { name, path }: { name: string; path: string }, timeout: number): Promise<void> {
  if (lstatSync(source, { throwIfNoEntry: false }) === undefined)
    throw new BootflakeError({ code: 'instance/bad-copy', message: `'${source}' does not exist` });
  const guest = guestRunner(context, name, timeout);
  const isFolder = (await guest(['test', '-d', path])).status === 0;
  const [folder, entry] = isFolder || path.endsWith('/') ? [path, basename(source)] : [dirname(path), basename(path)];
  const packed = packAs(source, entry);
  const { status, errors } = await guest(['tar', '-x', '--no-same-owner', '-f', '-', '-C', folder], packed);
  if (status !== 0) throw copyFailed(name, errors);
}

async function copyOut(context: Context, { name, path }: { name: string; path: string }, target: string, timeout: number): Promise<void> {
  const into = statSync(target, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!into && !existsSync(dirname(target)))
    throw new BootflakeError({ code: 'instance/bad-copy', message: `the folder '${dirname(target)}' does not exist` });
  const base = basename(path);
  if (base === '' || base === '.' || base === '..' || base === '/')
    throw new BootflakeError({
      code: 'instance/bad-copy',
      message: `'${path}' does not name a file or folder of the machine`,
      hint: 'Name it: web:/etc/hostname',
    });
  const folder = into ? target : dirname(target);
  const entry = into ? base : basename(target);
  mkdirSync(folder, { recursive: true });
  const unpack = unpackUnder(folder, { sent: base, wanted: entry });
  // A guest may send what is no archive, and not stop.
  const broken = new AbortController();
  const notAnArchive = (error: Error): void => broken.abort(copyFailed(name, `what it sent is no archive: ${error.message}`));
  const written = new Promise<void>((done) => unpack.on('close', done).on('error', notAnArchive));
  const signal = context.signal ? AbortSignal.any([context.signal, broken.signal]) : broken.signal;
  const guest = guestRunner({ ...context, signal }, name, timeout);
  const words = ['tar', '-c', '--hard-dereference', '-f', '-', '-C', dirname(path), '--', base];
  const { status, errors } = await guest(words, undefined, unpack);
  if (status !== 0) throw copyFailed(name, errors);
  unpack.end();
  await Promise.race([written, aborted(signal)]);
  if (lstatSync(join(folder, entry), { throwIfNoEntry: false }) === undefined) throw copyFailed(name, 'it sent nothing of that name');
}

/** Returns an archive of a file or folder, under another name. */
export function packAs(source: string, entry: string): tar.Pack {
  // A name that begins with @ would be an archive whose files are meant.
  const path = `./${basename(source)}`;
  const onWriteEntry = (written: tar.WriteEntry): void => {
    written.path = entry + (written.path.startsWith('./') ? written.path : `./${written.path}`).slice(path.length);
  };
  return tar.create({ cwd: dirname(source), portable: true, onWriteEntry }, [path]);
}

/**
 * Unpacks an archive of a guest, which may be hostile: only what is below the one name `sent`, as `wanted` in the folder. The library
 * refuses paths that lead elsewhere, through links too, and makes no devices.
 */
export function unpackUnder(folder: string, { sent, wanted }: { sent: string; wanted: string }): tar.Unpack {
  return tar.extract({
    cwd: folder,
    strict: true,
    preserveOwner: false,
    filter: (path) => path.replace(/^\.\//, '').split('/')[0] === sent,
    onReadEntry: (read) => {
      read.path = join(wanted, read.path.replace(/^\.\//, '').slice(sent.length));
    },
  });
}

function guestRunner(context: Context, name: string, timeout: number) {
  return async (words: string[], input?: AsyncIterable<Buffer>, output?: tar.Unpack): Promise<{ status: number; errors: string }> => {
    let errors = '';
    const request: GuestCommandRequest = {
      name,
      words,
      timeout,
      onOutput: (bytes) => {
        if (output && !output.write(Buffer.from(bytes))) return new Promise((resume) => output.once('drain', resume));
      },
      onErrorOutput: (bytes) => {
        errors = (errors + Buffer.from(bytes).toString('utf8')).slice(-2000);
      },
      onStart: (command) => {
        const feed = async () => {
          for await (const bytes of input ?? []) await command.write(bytes);
          command.endInput();
        };
        feed().catch(() => command.kill(15));
      },
    };
    return { status: await execInMachine(context, request), errors };
  };
}

function copyFailed(name: string, errors: string): BootflakeError {
  const lines = errors.trim().split('\n').slice(-4).join('\n');
  return new BootflakeError({ code: 'instance/copy-failed', message: `the machine '${name}' could not copy it: ${lines}` });
}
