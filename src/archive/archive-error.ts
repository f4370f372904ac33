/** The formats that this folder reads. */
export type ArchiveFormat = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'brotli' | 'lz4' | 'tar' | 'zip';

/** Data that violates its format; the message continues a sentence, as "broken .xz data: ...". */
export class ArchiveError extends Error {
  constructor(
    readonly format: ArchiveFormat,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
