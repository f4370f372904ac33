/**
 * Long data to a daemon in frames: a length, so many bytes, and a length of 0 at the end. The daemon speaks meanwhile, and must be heard,
 * or both sides would wait for each other.
 */
import { untilDone } from '../messages.ts';
import type { Channel } from './channel.ts';
import { WireMessage } from './encode.ts';
import type { WireReader } from './reader.ts';

export type Send = (bytes: Uint8Array) => Promise<void>;

/** Sends what `send` makes; resolves when the daemon is done with it. Throws as `untilDone` does, as soon as the daemon has failed. */
export async function sendFramed(channel: Channel, reader: WireReader, send: (send: Send) => Promise<void>): Promise<void> {
  let sent = false;
  let failure: { error: unknown } | undefined;
  const heard = untilDone(reader, {}).then(
    () => {
      if (!sent) failure = { error: reader.fault('it was done before it had everything') };
    },
    (error: unknown) => {
      failure = { error };
    },
  );
  const stop = heard.then(() => {
    if (failure) throw failure.error;
  });
  stop.catch(() => {});
  await Promise.race([
    stop,
    (async () => {
      await send(async (bytes) => {
        if (failure) throw failure.error;
        if (bytes.length === 0) return;
        await channel.write(new WireMessage().number(bytes.length).bytes());
        await channel.write(bytes);
      });
      sent = true;
      await channel.write(new WireMessage().number(0).bytes());
    })(),
  ]);
  await stop;
}
