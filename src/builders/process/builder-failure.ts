/** How a builder failed. */
import os from 'node:os';
import { BootflakeError } from '../../base/errors.ts';

/** `status`: as a shell reports it. `lacking`: what may be the reason. */
export function builderFailed(
  drvPath: string,
  builder: string,
  status: number | undefined,
  lacking: 'network' | 'disk' | undefined,
): BootflakeError {
  const log = `For the whole log, run: bootflake log ${drvPath}`;
  const notes = {
    disk: '; the disk is nearly full, which may be the reason',
    network: '; it may use the network, but there is no program pasta to connect it with',
  };
  return new BootflakeError({
    code: 'build/failed',
    message: `builder '${builder}' failed ${statusText(status)}${lacking === undefined ? '' : notes[lacking]}`,
    hint: lacking === 'network' ? `Install pasta (Debian, Ubuntu, Fedora, Arch: passt). ${log}` : log,
  });
}

export function madeNothing(drvPath: string, builder: string, output: string, path: string): BootflakeError {
  return new BootflakeError({
    code: 'build/missing-output',
    message: `builder '${builder}' of '${drvPath}' failed to produce output path for output '${output}' at '${path}'`,
    hint: `Its program must make the file that the variable \`${output}' names.`,
  });
}

function statusText(status: number | undefined): string {
  if (status === undefined) return 'as it was killed';
  const signal = Object.entries(os.constants.signals).find(([, number]) => number === status - 128)?.[0];
  return `with exit code ${status}${signal === undefined ? '' : ` (${signal})`}`;
}
