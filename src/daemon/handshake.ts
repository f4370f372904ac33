import { shownBytes } from '../tree/file-name.ts';
import { daemonError } from './errors.ts';
import { untilDone } from './messages.ts';
import { CLIENT_MAGIC, DAEMON_MAGIC, NEWEST, OLDEST, since } from './protocol.ts';
import type { Channel } from './wire/channel.ts';
import { WireMessage } from './wire/encode.ts';
import type { WireReader } from './wire/reader.ts';

/** What both sides agreed on. */
export interface Session {
  /** `major << 8 | minor`. */
  version: number;
  /** Of the daemon's Nix: `2.34.8`. */
  nixVersion: string | undefined;
  /** Whether the daemon trusts us; undefined when it does not say. */
  trusted: boolean | undefined;
}

const MOST_FEATURES = 256;

/** Greets a daemon. Throws `daemon/protocol` for what is none, `daemon/too-old`, and `daemon/refused` for one that sends us away. */
export async function handshake(channel: Channel, reader: WireReader, newest = NEWEST): Promise<Session> {
  await channel.write(new WireMessage().number(CLIENT_MAGIC).number(newest).bytes());
  const magic = await channel.bytes(8);
  if (magic.readUInt32LE(0) !== DAEMON_MAGIC || magic.readUInt32LE(4) !== 0)
    throw reader.fault(`protocol mismatch, got ${shownBytes(channel.firstBytes())}`);
  const theirs = await reader.number('its version', 0xffff_ffff);
  if (theirs >> 8 !== newest >> 8 || theirs < OLDEST)
    throw daemonError(
      'too-old',
      `the daemon of '${channel.whence}' speaks version ${shownVersion(theirs)} of Nix's worker protocol; ` +
        `versions ${shownVersion(OLDEST)} to ${shownVersion(newest)} are spoken here`,
      { hint: 'Use Nix 2.4 or later there.' },
    );
  const version = Math.min(theirs, newest);
  if (version >= since.features) {
    // None of the features changes a message that is used here.
    await channel.write(new WireMessage().texts([]).bytes());
    await reader.list('features', MOST_FEATURES, () => reader.text('a feature'));
  }
  // CPU affinity and reserved space, both obsolete.
  await channel.write(new WireMessage().number(0).number(0).bytes());
  const nixVersion = version >= since.daemonVersion ? await reader.text('the version of its Nix', 256) : undefined;
  const trust = version >= since.trust ? await reader.number('whether it trusts us', 2) : 0;
  await untilDone(reader);
  return { version, nixVersion, trusted: trust === 0 ? undefined : trust === 1 };
}

function shownVersion(version: number): string {
  return `${version >> 8}.${version & 0xff}`;
}
