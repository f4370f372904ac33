/** A thread that unpacks .xz streams, one after the other; see archive/xz-thread.ts. */
import { workerData } from 'node:worker_threads';
import xzDecompress from 'xz-decompress';
import { CANCELLED, STATE, xzControl, type XzThreadData } from '../archive/xz-thread.ts';

const { control, input, output } = workerData as XzThreadData;
const words = xzControl(control);

/** Ends this thread's turn and waits for the next. Returns how many bytes of input came with it; throws when the rest is not wanted. */
function handOver(state: number, length: number): number {
  words.length.set(length);
  words.state.set(state);
  words.state.waitWhile(state);
  const given = words.length.value;
  if (given === CANCELLED) throw new Error('cancelled');
  return given;
}

function packedStream(): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull(controller) {
        const length = handOver(STATE.wantsInput, 0);
        if (length > 0) controller.enqueue(input.slice(0, length));
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

async function unpackStream(): Promise<void> {
  let filled = 0;
  for await (const piece of new xzDecompress.XzReadableStream(packedStream())) {
    if (filled + piece.length > output.length) {
      handOver(STATE.hasOutput, filled);
      filled = 0;
    }
    output.set(piece, filled);
    filled += piece.length;
  }
  handOver(STATE.done, filled);
}

/** The meaning of the library's numbers: `enum xz_ret` of XZ Embedded's xz.h. */
function reason(error: unknown): string {
  const number = /error code (\d+)$/.exec(String(error))?.[1];
  if (number === '3' || number === '4') return 'there is not enough memory for its dictionary';
  return number === '6' ? 'it uses something that is not known here' : 'its data is damaged or cut short';
}

for (;;) {
  try {
    await unpackStream();
  } catch (error) {
    handOver(STATE.failed, new TextEncoder().encodeInto(reason(error), new Uint8Array(output.buffer)).written);
  }
}
