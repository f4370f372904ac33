/** A machine whose console is the user's terminal. */
import type { Duplex } from 'node:stream';
import { startProgram, type ProgramEnd, type RunningProgram } from '../system/child-process.ts';
import { ConsoleKeys, consoleHelp, type ConsoleCommand } from './console-keys.ts';
import type { Qemu } from './find-qemu.ts';
import { sizePauses, type GuestTerminal } from './guest-terminal.ts';
import { qemuFailure } from './machine.ts';
import { machineArguments, sizeGuestPort, sizePort, type MachineDescription } from './qemu-arguments.ts';
import { QmpClient, type QmpEvent } from './qmp.ts';

export type InteractiveEnd = 'powered-off' | 'accelerator-failed';

/** Bytes buffered for a guest that does not read; further typing is dropped. */
const mostWaiting = 1 << 20;
/** Milliseconds that qemu may take to quit. */
const patience = 2000;

/** Runs until the guest powers off or the user ends it (ctrl-a x). Throws `vm/qemu-failed`, or the reason of `signal`. */
export async function runOnTerminal(
  qemu: Qemu,
  description: Omit<MachineDescription, 'console' | 'control'>,
  terminal: GuestTerminal,
  signal?: AbortSignal,
): Promise<InteractiveEnd> {
  signal?.throwIfAborted();
  const args = machineArguments({
    ...description,
    control: { socket: 3 },
    console: { socket: 4 },
    monitor: { socket: 5 },
    ports: [...(description.ports ?? []), sizeGuestPort({ socket: 6 })],
  });
  const program = startProgram([...qemu.command, ...args], { terminal: 'none', sockets: 4, environment: qemu.environment });
  const console = new InteractiveConsole(program, terminal);
  const onAbort = () => program.kill('SIGTERM');
  signal?.addEventListener('abort', onAbort, { once: true });
  const opened = terminal.open({ input: (bytes) => console.input(bytes), resize: () => console.tellSize() });
  try {
    const end: ProgramEnd = await program.ended;
    signal?.throwIfAborted();
    if (console.acceleratorFailed) return 'accelerator-failed';
    if (end.status !== 0 && !console.endedByUser) throw qemuFailure(end, program);
    return 'powered-off';
  } finally {
    signal?.removeEventListener('abort', onAbort);
    opened.close();
  }
}

class InteractiveConsole {
  acceleratorFailed = false;
  endedByUser = false;
  private readonly keys = new ConsoleKeys({ text: (bytes) => this.send(bytes), command: (command) => this.obey(command) });
  private readonly control: QmpClient;
  private readonly guest: Duplex;
  private readonly monitor: Duplex;
  private readonly sizes: Duplex;
  /** The receiver of the keys. */
  private focus: Duplex;
  private suspended = false;
  private readonly sizeTimers: NodeJS.Timeout[] = [];

  constructor(
    private readonly program: RunningProgram,
    private readonly terminal: GuestTerminal,
  ) {
    const [control, guest, monitor, sizes] = program.sockets as [Duplex, Duplex, Duplex, Duplex];
    this.control = new QmpClient(control);
    [this.guest, this.monitor, this.sizes, this.focus] = [guest, monitor, sizes, guest];
    for (const socket of [guest, monitor]) socket.on('data', (bytes: Buffer) => this.show(bytes, socket));
    // Its greeting is shown only on request.
    monitor.pause();
    this.control.onEvent((event) => this.onEvent(event));
  }

  input(bytes: Uint8Array): void {
    this.keys.take(bytes);
  }

  /** Lines "rows columns" for the guest's console-size service; only the newest counts. */
  tellSize(): void {
    for (const timer of this.sizeTimers.splice(0)) clearTimeout(timer);
    let wait = 0;
    for (const pause of sizePauses) {
      wait += pause;
      if (wait === 0) this.writeSize();
      else this.sizeTimers.push(setTimeout(() => this.writeSize(), wait).unref());
    }
  }

  private writeSize(): void {
    const size = this.terminal.size();
    if (size && this.sizes.writable && this.sizes.writableLength === 0) this.sizes.write(`${size.rows} ${size.columns}\n`);
  }

  private show(bytes: Uint8Array, from: Duplex): void {
    if (this.terminal.write(bytes)) return;
    from.pause();
    void this.terminal.written().then(() => from.resume());
  }

  private send(bytes: Uint8Array): void {
    const { focus } = this;
    if (this.suspended) {
      this.suspended = false;
      void this.control.command('system_wakeup').catch(() => {});
    }
    if (focus.writableLength > mostWaiting && this.terminal.isTerminal) return;
    if (focus.write(bytes) || this.terminal.isTerminal) return;
    this.terminal.pause();
    focus.once('drain', () => this.terminal.resume());
  }

  private obey(command: ConsoleCommand): void {
    switch (command) {
      case 'end':
        return this.end();
      case 'break':
        return void this.control.command('chardev-send-break', { id: 'console' }).catch(() => {});
      case 'help':
        return this.print(consoleHelp);
      case 'monitor': {
        this.focus = this.focus === this.guest ? this.monitor : this.guest;
        if (this.focus === this.guest) return this.print(["the guest's console"]);
        if (this.monitor.isPaused()) return void this.monitor.resume();
        // qemu shows its prompt again.
        this.monitor.write('\n');
      }
    }
  }

  private end(): void {
    this.endedByUser = true;
    void this.control.command('quit').catch(() => {});
    setTimeout(() => this.program.kill('SIGKILL'), patience).unref();
  }

  private print(lines: string[]): void {
    this.terminal.write(Buffer.from(`${lines.map((line) => `\r\n${line}`).join('')}\r\n`));
  }

  private onEvent({ event, data }: QmpEvent): void {
    if (event === 'SUSPEND') {
      this.suspended = true;
      this.print(['the guest has suspended itself: a key wakes it, ctrl-a x ends it']);
    }
    if (event === 'WAKEUP') this.suspended = false;
    if (event === 'VSERPORT_CHANGE' && data?.id === sizePort && data.open === true) this.tellSize();
    if (event === 'STOP') void this.onStop();
  }

  /** A guest with which an accelerator cannot continue would hang for ever. */
  private async onStop(): Promise<void> {
    const { status } = (await this.control.command('query-status').catch(() => ({}))) as { status?: string };
    if (status !== 'internal-error') return;
    this.acceleratorFailed = true;
    this.program.kill('SIGTERM');
  }
}
