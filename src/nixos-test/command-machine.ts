/** What a test in TypeScript does with a machine: its power, and commands, with the meanings and defaults of NixOS's driver. */
import { BootflakeError } from '../base/errors.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { sleep } from '../system/sleep.ts';
import type { TestMachine } from './requests.ts';

/** What a command printed, and how it ended. */
export interface CommandOutcome {
  /** As a shell's; 124 when it took longer than its timeout. */
  status: number;
  output: string;
}

export interface TimeoutOption {
  /** Seconds. */
  timeout?: number;
}

/** A machine as this drives it. */
export interface ScriptedNode extends TestMachine {
  readonly name: string;
  readonly isRunning: boolean;
}

/** Files between the host and a machine, through archives in a folder of the test's own. */
export interface Transfer {
  /** Returns the archive of a file or folder of the host, under its own name. */
  pack(source: string): Promise<string>;
  /** Returns a file for an archive that comes from a machine. */
  newArchive(): string;
  /** Unpacks what a machine has sent under a name; it may be hostile. */
  unpack(archive: string, name: string, folder: string): Promise<void>;
}

/** Seconds, as NixOS's. */
export const patience = 900;
/** Milliseconds between tries. */
export const interval = 1000;

export class CommandMachine {
  protected consoleLines: string[] = [];
  protected consoleRead = 0;
  protected wake: (() => void)[] = [];

  /** @internal */
  constructor(
    protected readonly node: ScriptedNode,
    protected readonly transfer: Transfer,
    protected readonly log: (line: string) => void,
    protected readonly signal: AbortSignal,
  ) {}

  /** Its name, as others reach it. */
  get name(): string {
    return this.node.name;
  }

  /** @internal */
  consoleLine(line: string): void {
    this.consoleLines.push(line);
    for (const wake of this.wake.splice(0)) wake();
  }

  /** Starts the machine, without waiting for it. With `allowReboot`, it boots again where it would end. */
  async start({ allowReboot = false }: { allowReboot?: boolean } = {}): Promise<void> {
    if (this.node.isRunning) return;
    this.consoleLines = [];
    this.consoleRead = 0;
    await this.node.start(allowReboot);
  }

  /** Waits until the machine executes commands; starts it if necessary. Every command does so. */
  async connect(): Promise<void> {
    this.signal.throwIfAborted();
    await this.start();
    await this.node.connect();
  }

  /** Shuts the machine down, and waits for its end. */
  async shutdown(): Promise<void> {
    if (!this.node.isRunning) return;
    await this.runWords(this.wrapped('poweroff', undefined), { wait: false });
    await this.waitForShutdown();
  }

  async waitForShutdown(): Promise<void> {
    await this.node.untilEnd();
  }

  /** Ends the machine as if its power had failed. */
  async crash(): Promise<void> {
    await this.node.crash();
  }

  /** Presses ctrl-alt-delete. A machine that was started with `allowReboot` boots again, others end. */
  async reboot(): Promise<void> {
    this.node.expectReset();
    await this.node.monitor('sendkey ctrl-alt-delete');
  }

  /** Runs a command as root, by bash with `set -euo pipefail` and the variables of /etc/profile, in /tmp. `timeout` defaults to 900. */
  async execute(command: string, { timeout = patience }: TimeoutOption = {}): Promise<CommandOutcome> {
    await this.connect();
    return this.runWords(this.wrapped(command, timeout), { wait: true });
  }

  /** Returns the command's output. Fails if the command does. There is no timeout by default. */
  async succeed(command: string, { timeout }: TimeoutOption = {}): Promise<string> {
    const { status, output } = await this.run(command, timeout);
    if (status !== 0) throw this.failed(`command \`${command}' failed (exit code ${status})`, output);
    return output;
  }

  /** Returns the command's output. Fails if the command does not. */
  async fail(command: string, { timeout }: TimeoutOption = {}): Promise<string> {
    const { status, output } = await this.run(command, timeout);
    if (status === 0) throw this.failed(`command \`${command}' unexpectedly succeeded`, output);
    return output;
  }

  /** Runs the command every second until it succeeds; returns its output. */
  waitUntilSucceeds(command: string, { timeout = patience }: TimeoutOption = {}): Promise<string> {
    return this.until(`success of \`${command}'`, timeout, async () => {
      const { status, output } = await this.execute(command, { timeout });
      return status === 0 ? output : undefined;
    });
  }

  waitUntilFails(command: string, { timeout = patience }: TimeoutOption = {}): Promise<string> {
    return this.until(`failure of \`${command}'`, timeout, async () => {
      const { status, output } = await this.execute(command, { timeout });
      return status === 0 ? undefined : output;
    });
  }

  /** Waits for seconds of the machine's time, which is not the host's where it is emulated. */
  async sleep(seconds: number): Promise<void> {
    await this.succeed(`sleep ${seconds}`);
  }

  private async run(command: string, timeout: number | undefined): Promise<CommandOutcome> {
    this.log(`${this.name}: ${command}`);
    await this.connect();
    return this.runWords(this.wrapped(command, timeout), { wait: true });
  }

  protected async pour(command: string, files: { input?: string; output?: string }, what: string): Promise<void> {
    this.log(`${this.name}: ${what}`);
    await this.connect();
    const { status } = await this.node.execute({ words: this.wrapped(command, undefined), wait: true, lenient: false, ...files });
    if (status !== 0) throw this.failed(`${what} failed (exit code ${status})`);
  }

  private async runWords(words: string[], { wait }: { wait: boolean }): Promise<CommandOutcome> {
    const { status, output } = await this.node.execute({ words, wait, lenient: false });
    return { status, output: output.toString('utf8') };
  }

  /**
   * The words to run: as in NixOS's driver, with the variables of a login. A process that holds the command's output keeps it from ending.
   * The command comes by a variable: `pgrep -f` would find it in the arguments of a shell that waits for it.
   */
  private wrapped(command: string, timeout: number | undefined): string[] {
    const limit = timeout === undefined ? [] : ['timeout', String(timeout)];
    const script =
      'command=$TEST_COMMAND; unset TEST_COMMAND; export USER=root HOME=/root; ' +
      '[ ! -r /etc/profile ] || . /etc/profile < /dev/null > /dev/null 2>&1; cd /tmp; export PAGER= DISPLAY=:0.0; ' +
      '"$@" bash -c "$command" | cat; exit "${PIPESTATUS[0]}"';
    return ['env', `TEST_COMMAND=set -euo pipefail; ${command}`, 'bash', '-c', script, 'bash', ...limit];
  }

  /** Tries every second until there is a result. After the time it tries once more. */
  protected async until<T>(what: string, timeout: number, attempt: () => Promise<T | undefined>): Promise<T> {
    const begun = monotonicMilliseconds();
    for (;;) {
      this.signal.throwIfAborted();
      const isLast = monotonicMilliseconds() - begun >= timeout * 1000;
      const result = await attempt();
      if (result !== undefined) return result;
      if (isLast) throw this.failed(`waiting for ${what} timed out after ${timeout} s`);
      await sleep(interval);
    }
  }

  protected failed(why: string, output = ''): BootflakeError {
    return new BootflakeError({
      code: 'test/failed',
      message: `${this.name}: ${why}${output.trim() === '' ? '' : `\n${output.trimEnd()}`}`,
    });
  }
}
