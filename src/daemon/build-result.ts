/** How a build on another machine ended (libstore/build-result.hh). */
import { since } from './protocol.ts';
import { withoutColours } from './messages.ts';
import type { WireReader } from './wire/reader.ts';

export interface BuildResult {
  ok: boolean;
  /** Why it failed; '' when it did not. Foreign. */
  message: string;
}

/** Built, substituted, already valid, resolves to already valid. */
const SUCCESSES: ReadonlySet<number> = new Set([0, 1, 2, 13]);
const MOST_STATUS = 255;
const MOST_OUTPUTS = 1024;
/** Bytes of the JSON about an output. */
const MOST_REALISATION = 1 << 20;

/** Reads a result. What it says of the outputs is not used: their paths are known. Throws `daemon/protocol`. */
export async function readBuildResult(reader: WireReader, version: number): Promise<BuildResult> {
  const status = await reader.number('the status of a build', MOST_STATUS);
  const message = await reader.message('the message of a build');
  // How often it was built, whether the results differed, begin and end.
  for (let i = 0; i < 4; i++) await reader.skipNumber();
  if (version >= since.cpuTime)
    for (let i = 0; i < 2; i++) if (await reader.number('whether a time is known', 1)) await reader.skipNumber();
  await reader.list('outputs', MOST_OUTPUTS, async () => {
    await reader.text('the name of an output');
    await reader.text('facts about an output', MOST_REALISATION);
  });
  const ok = SUCCESSES.has(status);
  return { ok, message: ok ? '' : withoutColours(message) || `status ${status}` };
}

/** Reads the results of a request for one derivation. */
export async function readKeyedBuildResults(reader: WireReader, version: number): Promise<BuildResult> {
  const results = await reader.list('results', 1, async () => {
    await reader.text('the name of what was built');
    return readBuildResult(reader, version);
  });
  const [result] = results;
  if (!result) throw reader.fault('a build has no result');
  return result;
}
