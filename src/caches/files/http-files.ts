import { BootflakeError } from '../../base/errors.ts';
import { download, downloadBytes, type ByteSink, type HttpOptions } from '../../system/http.ts';
import { HttpFault } from '../../system/http-errors.ts';
import { exists, upload } from '../../system/http-upload.ts';
import type { FetchOptions, FileBody, WritableFiles } from '../binary-cache.ts';

/** Statuses that mean that there is no such file: S3 responds with 403 where a bucket cannot be listed. */
const ABSENT = new Set([403, 404, 410]);

/** The files of a cache below a URL. */
export class HttpFiles implements WritableFiles {
  readonly remote = true;

  /** `base` has no final slash. */
  constructor(
    private readonly base: string,
    private readonly options: HttpOptions,
  ) {}

  async read(name: string, { most, signal }: { most: number; signal: AbortSignal }): Promise<Uint8Array | undefined> {
    try {
      const { bytes } = await downloadBytes(`${this.base}/${name}`, { ...this.options, maxBytes: most, signal });
      return bytes;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async stream(name: string, sink: ByteSink, { most, signal, onBytes }: FetchOptions & { most: number }): Promise<void> {
    await download(`${this.base}/${name}`, sink, { ...this.options, maxBytes: most, signal, ...(onBytes && { onBytes }) });
  }

  async has(name: string, { signal }: { signal: AbortSignal }): Promise<boolean> {
    return exists(`${this.base}/${name}`, { ...this.options, signal });
  }

  async write(name: string, body: FileBody, { type, signal }: { type: string; signal: AbortSignal }): Promise<void> {
    await upload(`${this.base}/${name}`, body, type, { ...this.options, signal });
  }
}

function isAbsent(error: unknown): boolean {
  const fault = error instanceof BootflakeError ? error.cause : undefined;
  return fault instanceof HttpFault && ABSENT.has(fault.status ?? 0);
}
