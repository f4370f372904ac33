/**
 * A machine's console, for as many terminals as want it: what the guest prints is read from the log that qemu writes, what is typed goes
 * into a FIFO that qemu reads. So everyone sees the same, and what came before.
 */
import { BootflakeError } from '../base/errors.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { sleep } from '../system/sleep.ts';
import { ConsoleKeys } from '../vm/console-keys.ts';
import type { GuestTerminal } from '../vm/guest-terminal.ts';
import { instanceFiles as files } from './launch-script.ts';
import type { HostInput } from './host/machine-host.ts';
import type { Instance } from './instance.ts';

/** Bytes of the past that are shown at first. */
const history = 16_384;
/** Milliseconds between looks at the log while nothing happens, and just after something did. */
const [slowest, fastest] = [200, 10];
/** Bytes typed that wait for a guest that does not read; more is dropped. */
const mostWaiting = 1 << 16;

export type ConsoleEnd = 'left' | 'ended';

export interface ConsoleOptions {
  signal?: AbortSignal | undefined;
  /** Called with the size of the terminal at first and at each change. */
  onSize?(): void;
}

const help = '\r\nctrl-a d  leaves the console; the machine goes on\r\nctrl-a ctrl-a  sends ctrl-a\r\n';

/** Shows the console until the user leaves (ctrl-a d) or the machine ends. Throws `instance/not-running`, or the signal's reason. */
export async function attachConsole(instance: Instance, terminal: GuestTerminal, options: ConsoleOptions = {}): Promise<ConsoleEnd> {
  await instance.requireRunning();
  const input = new ConsoleInput(await openConsoleInput(instance));
  const { signal, onSize } = options;
  let left = false;
  const keys = new ConsoleKeys(
    {
      text: (bytes) => input.write(bytes),
      command: (command) => {
        if (command === 'leave') left = true;
        else terminal.write(Buffer.from(help));
      },
    },
    { d: 'leave', x: 'leave', h: 'help', '?': 'help' },
  );
  const opened = terminal.open({
    input: (bytes) => (terminal.isTerminal ? keys.take(bytes) : input.write(bytes)),
    resize: () => onSize?.(),
  });
  onSize?.();
  const log = instance.host.follow(instance.file(files.console), history);
  let asked = monotonicMilliseconds();
  let ended = false;
  try {
    for (let pause = fastest; ; ) {
      signal?.throwIfAborted();
      const bytes = log.read();
      if (bytes.length > 0) {
        pause = fastest;
        if (!terminal.write(bytes)) await terminal.written();
        continue;
      }
      if (left) return 'left';
      if (ended) return 'ended';
      if (monotonicMilliseconds() - asked >= instance.host.pause) {
        // What it printed while this was asked is still to be shown.
        ended = !(await instance.isRunning());
        if (ended) continue;
        asked = monotonicMilliseconds();
      }
      input.flush();
      await sleep(input.waiting ? fastest : pause, signal);
      pause = Math.min(slowest, pause * 1.3);
      if (input.typed()) pause = fastest;
    }
  } finally {
    opened.close();
    log.close();
    input.close();
  }
}

async function openConsoleInput(instance: Instance): Promise<HostInput> {
  try {
    return await instance.host.openInput(instance.file(files.consoleInput));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    throw new BootflakeError({ code: 'instance/not-running', message: `nothing reads the console of the machine '${instance.name}'` });
  }
}

class ConsoleInput {
  private rest: Buffer = Buffer.alloc(0);
  private isTyped = false;

  constructor(private readonly fifo: HostInput) {}

  get waiting(): boolean {
    return this.rest.length > 0;
  }

  /** Whether anything was typed since the last call. */
  typed(): boolean {
    const was = this.isTyped;
    this.isTyped = false;
    return was;
  }

  write(bytes: Uint8Array): void {
    this.isTyped = true;
    this.rest = Buffer.concat([this.rest, bytes]).subarray(0, mostWaiting);
    this.flush();
  }

  flush(): void {
    if (this.rest.length > 0) this.rest = this.rest.subarray(this.fifo.write(this.rest));
  }

  close(): void {
    this.fifo.close();
  }
}
