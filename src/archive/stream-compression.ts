/** The compressions that unpacked-stream.ts knows, by their names in a .narinfo. Apart from it, as it loads the decoders. */
const compressions = ['none', 'xz', 'zstd', 'gzip', 'br', 'bzip2', 'lz4'] as const;

export type StreamCompression = (typeof compressions)[number];

export function isStreamCompression(name: string): name is StreamCompression {
  return compressions.some((known) => known === name);
}
