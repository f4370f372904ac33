import { copyFile, link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainSystemError, systemFacts, type Place } from '../../base/system-errors.ts';
import { besideName, removeAbandonedBeside } from '../../system/beside-name.ts';
import { makeDirectories, spaceLeft } from '../../system/file-operations.ts';
import { writeFileAtomic } from '../../system/files.ts';
import type { ByteSink } from '../../system/http.ts';
import type { FetchOptions, FileBody, WritableFiles } from '../binary-cache.ts';
import { cacheError } from '../errors.ts';

const PIECE = 256 << 10;

/** The files of a cache in a folder. */
export class LocalFiles implements WritableFiles {
  readonly remote = false;

  constructor(private readonly folder: string) {}

  async read(name: string, { most, signal }: { most: number; signal: AbortSignal }): Promise<Uint8Array | undefined> {
    const pieces: Uint8Array[] = [];
    const sink = { length: 0, write: (piece: Uint8Array) => void pieces.push(piece), reset: () => {} };
    return (await this.copy(name, sink, { most, signal })) ? Buffer.concat(pieces) : undefined;
  }

  async stream(name: string, sink: ByteSink, options: FetchOptions & { most: number }): Promise<void> {
    if (!(await this.copy(name, sink, options))) throw cacheError('no-archive', `'${this.folder}/${name}' does not exist`);
  }

  async list(): Promise<string[]> {
    return readdir(this.folder);
  }

  async has(name: string): Promise<boolean> {
    return stat(`${this.folder}/${name}`).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  async write(name: string, body: FileBody): Promise<void> {
    try {
      await this.replace(`${this.folder}/${name}`, body);
    } catch (error) {
      const place = placeOf(this.folder);
      throw systemFacts(error) ? explainSystemError(error, [place], place) : error;
    }
  }

  async sweep(): Promise<void> {
    for (const name of ['', '/nar']) removeAbandonedBeside(this.folder + name);
  }

  private async replace(path: string, body: FileBody): Promise<void> {
    if ('bytes' in body) return writeFileAtomic(path, [body.bytes]);
    makeDirectories(dirname(path));
    const beside = besideName(path, 'tmp');
    try {
      // The caller removes its own name of the file.
      await link(body.path, beside).catch(() => copyFile(body.path, beside));
      await rename(beside, path);
    } finally {
      await rm(beside, { force: true });
    }
  }

  /** Returns false when there is no such file. Anything but a regular file, a pipe say, is refused. */
  private async copy(name: string, sink: ByteSink, { most, signal, onBytes }: FetchOptions & { most: number }): Promise<boolean> {
    const path = `${this.folder}/${name}`;
    const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (!file) return false;
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw cacheError('no-archive', `'${path}' is not a regular file`);
      if (stat.size > most) throw cacheError('too-large', `'${path}' has ${stat.size} bytes, at most ${most} are taken`);
      for (let at = 0; ; ) {
        signal.throwIfAborted();
        // One byte more than there should be: a file that grows is noticed, and most are small.
        const size = Math.min(PIECE, Math.max(0, stat.size - at) + 1);
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(size), 0, size, at);
        if (bytesRead === 0) return true;
        at += bytesRead;
        if (at > most) throw cacheError('too-large', `'${path}' has more than ${most} bytes`);
        await sink.write(buffer.subarray(0, bytesRead));
        onBytes?.(bytesRead);
      }
    } finally {
      await file.close();
    }
  }
}

function placeOf(folder: string): Place {
  return {
    folder,
    name: 'the binary cache',
    domain: 'caches',
    move: 'Choose another folder with --to.',
    left: () => spaceLeft(folder),
  };
}
