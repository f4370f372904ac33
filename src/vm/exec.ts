/** `bootflake run --exec`: boots, logs in, runs one command, powers off, and returns the command's status. */
import { BootflakeError } from '../base/errors.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import type { Qemu } from './find-qemu.ts';
import type { GuestInput } from './guest-input.ts';
import { Machine } from './machine.ts';
import type { MachineDescription } from './qemu-arguments.ts';

export interface ExecOptions {
  command: string;
  user: string;
  password: string;
  /** For the whole run, in milliseconds; boot and login have their own limit too. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The command's standard input. */
  input: GuestInput;
  onOutput: (bytes: Uint8Array) => void;
  onErrorOutput: (bytes: Uint8Array) => void;
}

/** With a native accelerator, a guest prints its first character within this time, in milliseconds. */
const firstSign = 30_000;

/** Returns the command's exit status, or `accelerator-failed` if the accelerator failed before anything was run. */
export async function runAndPowerOff(
  qemu: Qemu,
  description: Omit<MachineDescription, 'console' | 'control'>,
  options: ExecOptions,
): Promise<number | 'accelerator-failed'> {
  const { signal, timeout } = options;
  const started = monotonicMilliseconds();
  const left = () => (timeout === undefined ? undefined : Math.max(1, timeout - (monotonicMilliseconds() - started)));
  const machine = Machine.start(qemu, description, { signal });
  try {
    if (description.accelerator !== 'tcg' && !(await showsLife(machine))) return 'accelerator-failed';
    const shell = await machine.login({ user: options.user, password: options.password, bootTimeout: left() });
    const { status } = await shell.run(options.command, {
      timeout: left(),
      signal,
      input: options.input,
      onOutput: options.onOutput,
      onErrorOutput: options.onErrorOutput,
    });
    await machine.shutdown();
    return status;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof BootflakeError) || error.code !== 'vm/ended') throw error;
    const end = await machine.ended;
    // The command may itself have been `poweroff`.
    if (end.status === 0) return 0;
    throw end.status === undefined ? error : await machine.failure();
  } finally {
    machine.kill();
    await machine.ended.catch(() => {});
  }
}

async function showsLife(machine: Machine): Promise<boolean> {
  try {
    await machine.waitForConsole(/(?=[^])/, { timeout: firstSign });
    return true;
  } catch (error) {
    if (error instanceof BootflakeError && /^vm\/(timeout|ended)$/.test(error.code)) return false;
    throw error;
  }
}
