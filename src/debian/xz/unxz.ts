/**
 * .xz decompression, from memory to memory, by our own decoder in WebAssembly (lzma2.c): about as fast as xz itself. The checks within the file
 * are not looked at: whoever calls knows the SHA-256 of what goes in.
 */
import { badXz, xzBlocks } from './layout.ts';
import { lzma2Wasm } from './lzma2-wasm.ts';

interface Decoder {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  __heap_base: { value: number };
  /** Bytes of input taken, or an error below 0. */
  decode(input: number, length: number, output: number, size: number): number;
}

/** The part of the WebAssembly namespace that is used; Node's types lack it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
};

/** The decoder reads and writes a little beyond its buffers. */
const SLACK = 64;
const PAGE = 65_536;
/** Memory of an instance never shrinks: a larger one is not kept for the next file. */
const KEPT_BYTES = 192 << 20;
const ERRORS: Record<number, string> = {
  [-1]: 'it ends too early', [-2]: 'its length is not what its index says', [-3]: 'a chunk has an unknown type', [-4]: 'its LZMA properties are wrong',
  [-5]: 'a match reaches before the beginning', [-6]: 'a chunk does not end where it should',
};

let module: object | undefined;

/** A decoder with memory of its own: what one has answered is safe from another. */
export class XzDecoder {
  private instance: Decoder | undefined;

  /** Decompresses; what is answered lies in the decoder's memory, and the next call takes it away. Fails with `debian/bad-xz`. */
  decodeView(bytes: Uint8Array): Uint8Array {
    const blocks = xzBlocks(bytes);
    const { memory, __heap_base: heap, decode } = this.decoder();
    const longest = Math.max(0, ...blocks.map((block) => block.data.length));
    const total = blocks.reduce((sum, block) => sum + block.uncompressedSize, 0);
    const output = aligned(heap.value + longest + SLACK);
    const missing = output + total + SLACK - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    const all = new Uint8Array(memory.buffer);
    let at = output;
    for (const { data, uncompressedSize } of blocks) {
      all.set(data, aligned(heap.value));
      const status = decode(aligned(heap.value), data.length, at, uncompressedSize);
      if (status < 0) throw badXz(ERRORS[status] ?? `status ${status}`);
      at += uncompressedSize;
    }
    return all.subarray(output, output + total);
  }

  private decoder(): Decoder {
    module ??= new WebAssembly.Module(Buffer.from(lzma2Wasm, 'base64'));
    if (this.instance && this.instance.memory.buffer.byteLength > KEPT_BYTES) this.instance = undefined;
    this.instance ??= new WebAssembly.Instance(module, {}).exports as Decoder;
    return this.instance;
  }
}

const shared = new XzDecoder();

/** Decompresses into memory of its own. Fails with `debian/bad-xz`. */
export function unxz(bytes: Uint8Array): Uint8Array {
  return shared.decodeView(bytes).slice();
}

function aligned(address: number): number {
  return Math.ceil(address / 64) * 64;
}
