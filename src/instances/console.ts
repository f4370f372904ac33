/**
 * A machine's console, for as many terminals as want it: what the guest prints is read from the log that qemu writes, what is typed goes
 * into a FIFO that qemu reads. So everyone sees the same, and what came before.
 */
import fs from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { sleep } from '../system/sleep.ts';
import { ConsoleKeys } from '../vm/console-keys.ts';
import type { GuestTerminal } from '../vm/guest-terminal.ts';
import { instanceFiles as files } from './launch-script.ts';
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
  instance.requireRunning();
  const input = new ConsoleInput(instance);
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
  const log = new LogReader(instance.file(files.console), history);
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
      if (!instance.isRunning) return 'ended';
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

/** Reads a file that grows, and that may be cut to nothing. */
export class LogReader {
  private readonly file: number;
  private position: number;
  private readonly buffer = Buffer.alloc(65_536);

  /** Begins with the last `tail` bytes. */
  constructor(path: string, tail: number) {
    this.file = fs.openSync(path, 'r');
    this.position = Math.max(0, fs.fstatSync(this.file).size - tail);
  }

  /** What is new, in pieces; nothing when there is no more for now. */
  read(): Uint8Array {
    if (fs.fstatSync(this.file).size < this.position) this.position = 0;
    const count = fs.readSync(this.file, this.buffer, 0, this.buffer.length, this.position);
    this.position += count;
    return Uint8Array.prototype.slice.call(this.buffer, 0, count);
  }

  close(): void {
    fs.closeSync(this.file);
  }
}

class ConsoleInput {
  private readonly file: number;
  private rest: Buffer = Buffer.alloc(0);
  private isTyped = false;

  constructor(instance: Instance) {
    try {
      this.file = fs.openSync(instance.file(files.consoleInput), fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      throw new BootflakeError({ code: 'instance/not-running', message: `nothing reads the console of the machine '${instance.name}'` });
    }
  }

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
    if (this.rest.length === 0) return;
    try {
      this.rest = this.rest.subarray(fs.writeSync(this.file, this.rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') this.rest = Buffer.alloc(0);
      else if (code !== 'EAGAIN') throw error;
    }
  }

  close(): void {
    fs.closeSync(this.file);
  }
}
