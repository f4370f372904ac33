/** A thread that unpacks .xz streams, one after the other; see archive/xz-thread.ts. */
import { workerData } from 'node:worker_threads';
import xzDecompress from 'xz-decompress';
import type { XzReply, XzRequest, XzThreadData } from '../archive/xz-thread.ts';
import { joinChannel } from '../system/blocking-channel.ts';

const channel = joinChannel<XzReply, XzRequest>((workerData as XzThreadData).channel);
/** The pieces of the library, which are smaller, are gathered here. */
const output = new Uint8Array(1 << 20);

/** Returns the reply; throws when the rest of the stream is not wanted. */
function ask(request: XzRequest, transfer: ArrayBuffer[] = []): XzReply {
  channel.send(request, transfer);
  const reply = channel.receive();
  if (reply === 'cancel') throw new Error('cancelled');
  return reply;
}

function packedStream(): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull(controller) {
        const reply = ask({ type: 'input' });
        if (typeof reply === 'string') controller.close();
        else controller.enqueue(reply);
      },
    },
    { highWaterMark: 0 },
  );
}

function handOver(length: number): void {
  const bytes = output.slice(0, length);
  if (length > 0) ask({ type: 'output', bytes }, [bytes.buffer]);
}

async function unpackStream(): Promise<void> {
  let filled = 0;
  for await (const piece of new xzDecompress.XzReadableStream(packedStream())) {
    if (filled + piece.length > output.length) {
      handOver(filled);
      filled = 0;
    }
    output.set(piece, filled);
    filled += piece.length;
  }
  handOver(filled);
}

/** The meaning of the library's numbers: `enum xz_ret` of XZ Embedded's xz.h. */
function reason(error: unknown): string {
  const number = /error code (\d+)$/.exec(String(error))?.[1];
  if (number === '3' || number === '4') return 'there is not enough memory for its dictionary';
  return number === '6' ? 'it uses something that is not known here' : 'its data is damaged or cut short';
}

for (;;) {
  channel.receive();
  try {
    await unpackStream();
    channel.send({ type: 'done' });
  } catch (error) {
    channel.send({ type: 'failed', reason: reason(error) });
  }
}
