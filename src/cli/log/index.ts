import { BootflakeError } from '../../base/errors.ts';
import { monotonicMilliseconds } from '../../system/clock.ts';
import { errorOutput } from '../output.ts';
import { BarLog } from './bar-log.ts';
import { JsonLog } from './json-log.ts';
import { levels, logFormats, type Log, type LogFormat } from './log.ts';
import { RawLog } from './raw-log.ts';

export interface LogOptions {
  /** As in `--log-format`. Defaults to `bar`. */
  format: string | undefined;
  quiet: boolean;
  verbose: boolean;
  buildLines: boolean;
  /** What is to be said of a text, once. */
  explain(text: string): string | undefined;
}

/** Without a terminal, a bar is replaced by lines. Throws `cli/bad-log-format`. */
export function openLog({ format = 'bar', quiet, verbose, buildLines, explain }: LogOptions): Log {
  if (!logFormats.includes(format as LogFormat)) {
    throw new BootflakeError({
      code: 'cli/bad-log-format',
      message: `option 'log-format' has an invalid value '${format}'`,
      hint: `Use one of: ${logFormats.join(', ')}.`,
    });
  }
  const most = quiet ? levels.warning : verbose ? levels.talkative : levels.info;
  if (format === 'internal-json') return new JsonLog(errorOutput, most);
  const options = { most, buildLines: buildLines || format.endsWith('-with-logs'), explain };
  const drawn = format.startsWith('bar') && errorOutput.isTerminal && process.env.TERM !== 'dumb' && !quiet;
  return drawn ? new BarLog(errorOutput, options, monotonicMilliseconds, verbose) : new RawLog(errorOutput, options);
}
