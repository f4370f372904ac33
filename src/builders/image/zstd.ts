/** zstd compression in WebAssembly. */
let loading: Promise<(bytes: Uint8Array, level: number) => Uint8Array> | undefined;

export async function zstdCompressor(): Promise<(bytes: Uint8Array, level: number) => Uint8Array> {
  loading ??= load();
  return loading;
}

async function load(): Promise<(bytes: Uint8Array, level: number) => Uint8Array> {
  const zstd = await import('@bokuweb/zstd-wasm');
  await zstd.init();
  return (bytes, level) => zstd.compress(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), level);
}
