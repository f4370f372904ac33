/**
 * A running machine whose console we control: boots, logs in, runs commands, powers off. Used by `bootflake run --exec` and tests.
 *
 *     const machine = Machine.start(qemu, description);
 *     await machine.login({ user: 'tarn' });
 *     const { status, output } = await machine.run('uname -a');
 *     await machine.shutdown();
 */
import type { Duplex } from 'node:stream';
import { BootflakeError } from '../base/errors.ts';
import { startProgram, type ProgramEnd, type RunningProgram } from '../system/child-process.ts';
import { sleep } from '../system/sleep.ts';
import { SerialConsole, type WaitOptions } from './console.ts';
import type { Qemu } from './find-qemu.ts';
import { type GuestShell, logIn, type CommandOptions, type CommandResult, type LoginOptions } from './guest-shell.ts';
import { machineArguments, type MachineDescription } from './qemu-arguments.ts';
import { QmpClient, type QmpEvent } from './qmp.ts';

export interface StartMachineOptions {
  signal?: AbortSignal | undefined;
  /** The console's text as it arrives, one character per byte. */
  onConsole?: (text: string) => void;
  /** Further connected sockets for the description's channels and networks: the descriptors `firstSocket`, and so on. */
  sockets?: number;
  onEvent?: (event: QmpEvent) => void;
}

/** Of `StartMachineOptions.sockets`. */
export const firstSocket = 5;

/** Milliseconds that a guest may take to shut down, emulated. */
const shutdownPatience = 60_000;
const bootPatience = 300_000;

export class Machine {
  readonly console: SerialConsole;
  private readonly control: QmpClient;
  private shell: GuestShell | undefined;
  private readonly onAbort = () => this.kill();

  private constructor(
    private readonly program: RunningProgram,
    private readonly options: StartMachineOptions,
  ) {
    this.console = new SerialConsole(program.sockets[1]!, options.onConsole);
    this.control = new QmpClient(program.sockets[0]!);
    if (options.onEvent) this.control.onEvent(options.onEvent);
    this.control.onEvent(({ event, data }) => {
      if (event === 'STOP') void this.explainStop();
      if (event === 'GUEST_PANICKED') this.console.end(`the guest's kernel panicked (${String(data?.action)})`);
    });
    program.ended.then(
      (end) => this.console.end(endText(end, program)),
      (error: Error) => this.console.end(`qemu could not be started: ${error.message}`),
    );
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    void program.ended.finally(() => options.signal?.removeEventListener('abort', this.onAbort)).catch(() => {});
    if (program.pid > 0) endWithUs(program);
  }

  /** Starts qemu; the description's console and control channel are replaced by ours. */
  static start(qemu: Qemu, description: Omit<MachineDescription, 'console' | 'control'>, options: StartMachineOptions = {}): Machine {
    options.signal?.throwIfAborted();
    const args = machineArguments({ ...description, control: { socket: 3 }, console: { socket: 4 } });
    const sockets = 2 + (options.sockets ?? 0);
    return new Machine(startProgram([...qemu.command, ...args], { terminal: 'none', sockets, environment: qemu.environment }), options);
  }

  get pid(): number {
    return this.program.pid;
  }

  /** Our ends of the further sockets. */
  get sockets(): Duplex[] {
    return this.program.sockets.slice(2);
  }

  /** A command of the machine protocol. */
  command(name: string, args?: Record<string, unknown>): Promise<unknown> {
    return this.control.command(name, args);
  }

  get ended(): Promise<ProgramEnd> {
    return this.program.ended;
  }

  waitForConsole(pattern: RegExp, options: Partial<WaitOptions> = {}): Promise<RegExpExecArray> {
    return this.console.waitFor(pattern, {
      purpose: `/${pattern.source}/`,
      timeout: bootPatience,
      signal: this.options.signal,
      ...options,
    });
  }

  /** Waits for the login prompt, logs in, and returns the user's shell. */
  async login(options: { user: string; password?: string; bootTimeout?: number }): Promise<GuestShell> {
    const login: LoginOptions = {
      user: options.user,
      password: options.password ?? '',
      bootTimeout: options.bootTimeout ?? bootPatience,
      signal: this.options.signal,
    };
    this.shell = await logIn(this.console, login);
    return this.shell;
  }

  /** Runs a command as the logged-in user. */
  run(command: string, options?: CommandOptions): Promise<CommandResult> {
    if (!this.shell) throw new Error('no user is logged in on the machine: call login first');
    return this.shell.run(command, { signal: this.options.signal, ...options });
  }

  /** Powers the guest off: by its own command if a user is logged in, else by the power button; by force if that does not work. */
  async shutdown(): Promise<{ forced: boolean }> {
    const ended = this.program.ended.then(
      () => true,
      () => true,
    );
    const within = (milliseconds: number) => Promise.race([ended, sleep(milliseconds).then(() => false)]);
    if (this.shell) {
      await Promise.race([ended, this.shell.powerOff().catch(() => {})]);
      if (await within(0)) return { forced: false };
    }
    await this.control.command('system_powerdown').catch(() => {});
    if (await within(shutdownPatience)) return { forced: false };
    this.kill();
    await ended;
    return { forced: true };
  }

  /** Ends qemu at once, like pulling the plug. */
  kill(): void {
    this.program.kill('SIGKILL');
  }

  /** The error of a qemu that failed. */
  async failure(): Promise<BootflakeError> {
    return qemuFailure(await this.program.ended, this.program);
  }

  private async explainStop(): Promise<void> {
    const { status } = (await this.control.command('query-status').catch(() => ({}))) as { status?: string };
    if (status === 'internal-error')
      this.console.end(`qemu stopped the guest with an internal error${firstLine(this.program.errorOutput())}`);
    else if (status === 'io-error') this.console.end("qemu stopped the guest, as its disk could not be written (is the host's disk full?)");
    else return;
    this.kill();
  }
}

/** Why qemu ended, in words. */
export function endText(end: ProgramEnd, program: Pick<RunningProgram, 'errorOutput'>): string {
  if (end.status === 0) return 'the machine was powered off';
  return (
    'qemu ended ' +
    `${end.status === undefined ? `by ${String(end.signal)}` : `with status ${end.status}`}${firstLine(program.errorOutput())}`
  );
}

/** qemu's own words; the first line is the cause. */
function firstLine(errors: string): string {
  const line = errors
    .split('\n')
    .map((text) => text.trim())
    .find((text) => text !== '' && !/warning:/.test(text));
  return line === undefined ? '' : `: ${line.replace(/^\S*qemu-system-\S+: /, '')}`;
}

/** The error for a qemu that failed, with its output. */
export function qemuFailure(end: ProgramEnd, program: Pick<RunningProgram, 'errorOutput'>): BootflakeError {
  const errors = program.errorOutput();
  const hint = /Failed to get .*lock/.test(errors)
    ? 'Another machine runs from this disk: end it, or name another file with --disk.'
    : /hostfwd|Could not set up host forwarding/.test(errors)
      ? 'Choose another port for --forward: this one is taken or may not be used.'
      : /cannot allocate memory|set up guest memory/i.test(errors)
        ? 'Give the machine less memory with -m.'
        : undefined;
  return new BootflakeError({ code: 'vm/qemu-failed', message: endText(end, program), ...(hint && { hint }) });
}

/** A process that was killed cannot end its machine: a shell does so when our end of its socket closes. It outlives what ctrl-c sends. */
function endWithUs(program: RunningProgram): void {
  const script = 'trap "" INT TERM HUP; read -r _ <&3; kill -KILL "$1"';
  const guard = startProgram(['sh', '-c', script, 'sh', String(program.pid)], { terminal: 'none', sockets: 1 });
  const end = () => guard.kill('SIGKILL');
  program.ended.then(end, end);
}
