/** What a daemon says while it works: messages, activities and lines of logs, until the work is done or has failed. */
import { daemonError } from './errors.ts';
import { LOG_LINES, said } from './protocol.ts';
import type { WireReader } from './wire/reader.ts';

/** Receives what a daemon says. The texts are foreign. */
export interface DaemonListener {
  /** A message, as it would print to its own terminal. */
  onMessage?(text: string): void;
  /** A line that a builder wrote. */
  onLogLine?(line: string): void;
}

/** Messages before the answer to a request that needs no work. */
const MOST_MESSAGES = 10_000;

/** Of one message of a daemon. */
const MOST_FIELDS = 1024;
const MOST_TRACES = 1000;

/**
 * Reads messages until the daemon is done; without a listener, not endlessly many. Throws `daemon/refused` with the daemon's error, after
 * which the connection can be used again, and `daemon/protocol`.
 */
export async function untilDone(reader: WireReader, listener?: DaemonListener): Promise<void> {
  for (let count = 0; ; count++) {
    if (!listener && count === MOST_MESSAGES) throw reader.fault(`it sends more than ${MOST_MESSAGES} messages before its answer`);
    const kind = await reader.number('the kind of a message');
    switch (kind) {
      case said.last:
        return;
      case said.error:
        throw await readError(reader);
      case said.next:
        {
          const text = await reader.message('a message');
          listener?.onMessage?.(text.trimEnd());
        }
        break;
      case said.startActivity: {
        for (let i = 0; i < 3; i++) await reader.skipNumber();
        await reader.message('the text of an activity');
        await readFields(reader);
        await reader.skipNumber();
        break;
      }
      case said.stopActivity:
        await reader.skipNumber();
        break;
      case said.result: {
        await reader.skipNumber();
        const sort = await reader.number('the kind of a result');
        const [line] = await readFields(reader);
        if (LOG_LINES.has(sort) && line !== undefined) listener?.onLogLine?.(line);
        break;
      }
      case said.read:
      case said.write:
        throw reader.fault(`it wants to ${kind === said.read ? 'read' : 'send'} data that no request of this version has`);
      default:
        throw reader.fault(`a message has the unknown kind 0x${kind.toString(16)}`);
    }
  }
}

/** Returns the fields that are texts. */
async function readFields(reader: WireReader): Promise<string[]> {
  const texts: string[] = [];
  await reader.list('fields', MOST_FIELDS, async () => {
    const sort = await reader.number('the kind of a field', 1);
    if (sort === 0) await reader.skipNumber();
    else texts.push(await reader.message('a field'));
  });
  return texts;
}

async function readError(reader: WireReader): Promise<Error> {
  const type = await reader.text('the type of an error');
  if (type !== 'Error') throw reader.fault("an error is of another type than 'Error'");
  await reader.skipNumber();
  await reader.message('the name of an error');
  const message = await reader.message('the message of an error');
  await noPosition(reader);
  const traces = await reader.list('steps of a trace', MOST_TRACES, async () => {
    await noPosition(reader);
    return reader.message('a step of a trace');
  });
  const error = daemonError('refused', withoutColours(message));
  // The innermost step comes first here, and last there.
  for (const step of traces.reverse().slice(0, 20)) error.trace.push({ message: withoutColours(step) });
  return error;
}

async function noPosition(reader: WireReader): Promise<void> {
  if (await reader.flag('the position of an error')) throw reader.fault('an error has a position');
}

/** Nix sets values in its messages off by colours, and begins with the word that the caller prints itself. */
export function withoutColours(text: string): string {
  return text
    .replace(/\x1b\[[0-9;:]*m/g, '')
    .replace(/^error:\s*/, '')
    .trim();
}
