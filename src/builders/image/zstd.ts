/** zstd compression in WebAssembly. */
let loading: Promise<(bytes: Uint8Array, level: number) => Uint8Array> | undefined;

export async function zstdCompressor(): Promise<(bytes: Uint8Array, level: number) => Uint8Array> {
  loading ??= load();
  return loading;
}

async function load(): Promise<(bytes: Uint8Array, level: number) => Uint8Array> {
  const zstd = await import('@bokuweb/zstd-wasm');
  await zstd.init();
  // A context that is used again saves a quarter of the time; only a function for dictionaries takes one, which may be empty.
  const context = zstd.createCCtx();
  const noDictionary = Buffer.alloc(0);
  return (bytes, level) => zstd.compressUsingDict(context, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), noDictionary, level);
}
