/** Ends a build that takes too long, is silent for too long, or writes too much. */
import { BootflakeError } from '../../base/errors.ts';
import type { BuildSettings } from '../../settings/build-settings.ts';

export class BuildLimits {
  /** The first limit that was passed. */
  exceeded: BootflakeError | undefined;
  private readonly total: NodeJS.Timeout | undefined;
  private silent: NodeJS.Timeout | undefined;

  /** `kill` is called once. */
  constructor(
    private readonly drvPath: string,
    private readonly settings: Pick<BuildSettings, 'timeout' | 'maxSilentTime' | 'maxBuildLogSize'>,
    private readonly kill: () => void,
  ) {
    const { timeout } = settings;
    if (timeout > 0) this.total = longTimeout(timeout, () => this.exceed('timeout', `timed out after ${timeout} seconds`));
    this.listen();
  }

  /** `logSize`: bytes of output so far. */
  output(logSize: number): void {
    const { maxBuildLogSize } = this.settings;
    if (maxBuildLogSize > 0 && logSize > maxBuildLogSize)
      this.exceed('log-too-long', `killed after writing more than ${maxBuildLogSize} bytes of log output`);
    else this.listen();
  }

  stop(): void {
    clearTimeout(this.total);
    clearTimeout(this.silent);
  }

  private listen(): void {
    const { maxSilentTime } = this.settings;
    if (maxSilentTime <= 0 || this.exceeded) return;
    if (this.silent) this.silent.refresh();
    else this.silent = longTimeout(maxSilentTime, () => this.exceed('silent', `timed out after ${maxSilentTime} seconds of silence`));
  }

  private exceed(code: string, what: string): void {
    if (this.exceeded) return;
    const setting = { timeout: 'timeout', silent: 'max-silent-time', 'log-too-long': 'max-build-log-size' }[code]!;
    this.exceeded = new BootflakeError({
      code: `build/${code}`,
      message: `building of '${this.drvPath}' ${what}`,
      hint: `Allow more with the setting ${setting}.`,
    });
    this.stop();
    this.kill();
  }
}

/** The longest that a timer can wait, in milliseconds: 24 days. */
const LONGEST = 2 ** 31 - 1;

function longTimeout(seconds: number, work: () => void): NodeJS.Timeout {
  return setTimeout(work, Math.min(seconds * 1000, LONGEST));
}
