/**
 * .xz decompression in WebAssembly (xz-embedded, from the package xz-decompress), driven without its streams: one instance of the module
 * per thread, fed from memory into memory.
 */
import { badXz, xzBlocks } from './xz-layout.ts';

interface XzExports {
  memory: { buffer: ArrayBuffer };
  create_context(): number;
  destroy_context(context: number): void;
  supply_input(context: number, length: number): void;
  get_next_output(context: number): number;
}

/** The context's words: buffer size, input address, input position, input length, output address, output position. */
const BUFFER_SIZE = 0;
const IN_BUFFER = 1;
const IN_POSITION = 2;
const IN_LENGTH = 3;
const OUT_BUFFER = 4;
const OUT_POSITION = 5;

const OK = 0;
const STREAM_END = 1;

let loaded: Promise<XzExports> | undefined;

/** What we take of the package's class: it loads the module and keeps its instance. */
interface XzClass {
  _getModuleInstance(): Promise<void>;
  _moduleInstance: { exports: XzExports };
}

async function load(): Promise<XzExports> {
  // A CommonJS module: where its exports appear depends on who loads us, Node or tsx.
  const module = await import('xz-decompress') as unknown as { XzReadableStream?: XzClass; default?: { XzReadableStream: XzClass } };
  const stream = (module.XzReadableStream ?? module.default?.XzReadableStream)!;
  await stream._getModuleInstance();
  return stream._moduleInstance.exports;
}

/** Answers a decompressor of this thread. */
export async function xzDecompressor(): Promise<(bytes: Uint8Array) => Uint8Array> {
  loaded ??= load();
  const exports = await loaded;
  return (bytes) => decompress(exports, bytes);
}

/** Fails with `debian/bad-xz`. */
function decompress(exports: XzExports, bytes: Uint8Array): Uint8Array {
  const output = new Uint8Array(xzBlocks(bytes).reduce((sum, block) => sum + block.uncompressedSize, 0));
  const context = exports.create_context();
  let words = new Uint32Array(exports.memory.buffer, context, 6);
  let consumed = 0;
  let produced = 0;
  try {
    for (;;) {
      if (words.buffer !== exports.memory.buffer) words = new Uint32Array(exports.memory.buffer, context, 6);
      if (words[IN_POSITION] === words[IN_LENGTH]) {
        const piece = bytes.subarray(consumed, consumed + words[BUFFER_SIZE]!);
        new Uint8Array(exports.memory.buffer).set(piece, words[IN_BUFFER]!);
        exports.supply_input(context, piece.length);
        consumed += piece.length;
      }
      const status = exports.get_next_output(context);
      if (words.buffer !== exports.memory.buffer) words = new Uint32Array(exports.memory.buffer, context, 6);
      const count = words[OUT_POSITION]!;
      if (produced + count > output.length) throw badXz('more comes out than its index says');
      output.set(new Uint8Array(exports.memory.buffer, words[OUT_BUFFER]!, count), produced);
      produced += count;
      words[OUT_POSITION] = 0;
      if (status === STREAM_END) break;
      if (count === 0 && consumed === bytes.length && words[IN_POSITION] === words[IN_LENGTH]) throw badXz('it ends too early');
      if (status !== OK) throw badXz(`the decoder stopped with status ${status} at byte ${produced}`);
    }
  } finally {
    exports.destroy_context(context);
  }
  if (produced !== output.length) throw badXz(`${produced} bytes came out, its index says ${output.length}`);
  return output;
}
