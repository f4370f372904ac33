/**
 * A machine with a name, on a host: a folder with its disks and a manifest; while it runs, also sockets that only the user may open.
 * Beside qemu runs nothing but a shell script: a machine's state is what its files and qemu say.
 */
import type { Duplex } from 'node:stream';
import { BootflakeError } from '../base/errors.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { sleep } from '../system/sleep.ts';
import type { HeldLock } from '../system/lock-file.ts';
import { readImageAt, type DiskImage } from './host/image-at.ts';
import type { MachineHost } from './host/machine-host.ts';
import { localHost } from './host/this-host.ts';
import { endWithin, GuestChannel, guestShells, type GuestCommandEnd, type OpenOptions } from '../vm/guest-channel.ts';
import { QmpClient } from '../vm/qmp.ts';
import { instanceFiles as files, launchScript, shellSocket, type LaunchScript } from './launch-script.ts';
import { readManifest, writeManifest, type Manifest } from './manifest.ts';

export type InstanceState =
  | { state: 'running'; pid: number }
  /** `status`: qemu's; undefined when it was never started, or ended without a note of it, as by a power cut. */
  | { state: 'stopped'; status: number | undefined };

/** Milliseconds that qemu may take until it accepts commands. */
const startPatience = 20_000;
/** Milliseconds that the script may take to note how qemu has ended. */
const scriptPatience = 5000;

export class Instance {
  constructor(
    readonly name: string,
    readonly folder: string,
    readonly host: MachineHost = localHost(),
  ) {}

  file(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** A command line about this machine, for messages: `bootflake vm start web --host ssh://server`. */
  command(command: string, ...more: string[]): string {
    return ['bootflake vm', command, this.name, ...more, ...this.hostOption].join(' ');
  }

  private get hostOption(): string[] {
    return this.host.address === undefined ? [] : ['--host', this.host.address];
  }

  /** Throws `instance/bad-manifest`, `instance/newer-manifest`, `instance/missing`. */
  async manifest(): Promise<Manifest> {
    const found = await readManifest(this.host, this.folder);
    if (!found) throw missing(this.name);
    return found;
  }

  writeManifest(manifest: Omit<Manifest, 'schema'>): Promise<void> {
    return writeManifest(this.host, this.folder, manifest);
  }

  /** The names in its folder, sorted. */
  names(): Promise<string[]> {
    return this.host.listNames(this.folder);
  }

  async has(name: string): Promise<boolean> {
    return (await this.host.facts(this.file(name))) !== undefined;
  }

  /** As latin1; undefined where there is no such file. */
  async text(name: string): Promise<string | undefined> {
    const bytes = await this.host.readBytes(this.file(name));
    return bytes && Buffer.from(bytes).toString('latin1');
  }

  /** Of a log; '' where there is none. */
  async lastLine(name: string): Promise<string> {
    return ((await this.text(name)) ?? '').trim().split('\n').at(-1)!;
  }

  async writeText(name: string, text: string): Promise<void> {
    await this.host.write(this.file(name), Buffer.from(text));
  }

  /** The header of one of its disks. */
  disk(name: string): Promise<DiskImage> {
    return readImageAt(this.host, this.file(name));
  }

  /** Reads two small files; asks no process. */
  async state(): Promise<InstanceState> {
    const found = await this.host.process(this.file(files.running));
    if (found && found.liveness !== 'dead') return { state: 'running', pid: found.pid };
    const status = /^\d+$/.exec(((await this.text(files.status)) ?? '').trim())?.[0];
    return { state: 'stopped', status: status === undefined ? undefined : Number(status) };
  }

  async isRunning(): Promise<boolean> {
    const found = await this.host.process(this.file(files.running));
    return found !== undefined && found.liveness !== 'dead';
  }

  /** Throws `instance/not-running`. */
  async requireRunning(): Promise<void> {
    if (await this.isRunning()) return;
    throw new BootflakeError({
      code: 'instance/not-running',
      message: `the machine '${this.name}' is not running`,
      hint: `Start it: ${this.command('start')}`,
    });
  }

  /** Throws `instance/running`. */
  async requireStopped(what: string): Promise<void> {
    if (!(await this.isRunning())) return;
    throw new BootflakeError({
      code: 'instance/running',
      message: `the machine '${this.name}' is running: ${what}`,
      hint: `Stop it: ${this.command('stop')}`,
    });
  }

  /** For what must not happen twice at a time, such as a start. Waits for others, one of which may remove it. Throws `instance/missing`. */
  async lock(signal?: AbortSignal): Promise<HeldLock> {
    try {
      return await this.host.lock(this.file('lock'), signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing(this.name);
      throw error;
    }
  }

  /** Runs the script in a session of its own, which outlives us; resolves when qemu accepts commands. Throws `instance/start-failed`. */
  async start(launch: LaunchScript, signal?: AbortSignal): Promise<void> {
    for (const name of await this.names()) if (name.endsWith('.sock') || name === files.running) await this.host.remove(this.file(name));
    await this.writeScript(launch);
    const script = this.host.startScript(this.file(files.script));
    const deadline = monotonicMilliseconds() + startPatience;
    for (;;) {
      signal?.throwIfAborted();
      if ((await script.ended()) || monotonicMilliseconds() > deadline) throw await this.startFailed();
      try {
        await this.withControl(async () => {});
        if (await this.isRunning()) return;
      } catch (error) {
        // It does not listen yet, unless there is no way to ask.
        if (error instanceof BootflakeError && error.code.startsWith('remote/')) throw error;
      }
      await sleep(30);
    }
  }

  /** Writes the script that runs the machine, without starting it. */
  async writeScript(launch: LaunchScript): Promise<void> {
    const temporary = this.file(`${files.script}.new`);
    await this.host.write(temporary, Buffer.from(launchScript(launch)));
    await this.host.rename(temporary, this.file(files.script));
  }

  /** Runs `work` with a connection to qemu. One at a time: others wait. Throws `instance/not-running`. */
  async withControl<T>(work: (control: QmpClient) => Promise<T>): Promise<T> {
    const socket = await this.connect(files.control);
    try {
      const control = new QmpClient(socket);
      await control.ready;
      return await work(control);
    } finally {
      socket.destroy();
    }
  }

  /** Resolves when qemu has ended and its script has noted how, or after `milliseconds`; returns whether qemu has ended. */
  async waitForEnd(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    const deadline = monotonicMilliseconds() + milliseconds;
    for (let { pause } = this.host; await this.isRunning(); pause = Math.min(pause * 1.5, 200)) {
      if (monotonicMilliseconds() > deadline) return false;
      await sleep(pause, signal);
    }
    await this.waitForScript(signal);
    return true;
  }

  /** Resolves when nothing writes into the folder any more: its script has removed what names the qemu that ended, or was killed. */
  private async waitForScript(signal?: AbortSignal): Promise<void> {
    const deadline = monotonicMilliseconds() + scriptPatience;
    while ((await this.host.process(this.file(files.running)))?.ofThisBoot && monotonicMilliseconds() < deadline) await sleep(20, signal);
  }

  /** Ends qemu at once, like pulling the plug. */
  async kill(): Promise<void> {
    const found = await this.host.process(this.file(files.running));
    if (!found || found.liveness === 'dead') return this.waitForScript();
    // The number of a process in another pid namespace is another process here.
    if (found.liveness === 'unknown') await this.withControl((control) => control.command('quit')).catch(() => {});
    else await this.host.kill(this.file(files.running));
    // Ended as was asked for, and so no failure.
    if (await this.waitForEnd(10_000)) await this.writeText(files.status, '0\n');
  }

  /** A channel for one command in the guest; release it. Throws `instance/guest-busy`, and what `GuestChannel.open` throws. */
  async openGuest(options: OpenOptions): Promise<{ channel: GuestChannel; release(): void }> {
    await this.requireRunning();
    for (let index = 0; index < guestShells; index++) {
      const lock = await this.host.tryLock(this.file(`shell-${index}.lock`));
      if (lock === undefined) continue;
      let socket: Duplex | undefined;
      try {
        const opened = (socket = await this.connect(shellSocket(index)));
        const channel = await GuestChannel.open(opened, options);
        return {
          channel,
          release: () => {
            channel.close();
            opened.destroy();
            lock.release();
          },
        };
      } catch (error) {
        socket?.destroy();
        lock.release();
        throw error;
      }
    }
    throw new BootflakeError({
      code: 'instance/guest-busy',
      message: `${guestShells} commands are running in '${this.name}', as many as it can run for its host at a time`,
      hint: 'Wait for one to end.',
    });
  }

  /**
   * Runs a command in the guest, which may never report its end. `patience`: milliseconds that the command may take once the guest listens;
   * defaults to a minute. Its output is dropped unless there is `onOutput`. Throws `vm/guest-silent`, and what `openGuest` throws.
   */
  async runInGuest(
    words: readonly string[],
    { patience = 60_000, onOutput = () => {}, ...open }: OpenOptions & { patience?: number; onOutput?: (bytes: Uint8Array) => void },
  ): Promise<GuestCommandEnd> {
    const { channel, release } = await this.openGuest(open);
    try {
      return await endWithin(channel.run({ words, onOutput, onErrorOutput: () => {} }), patience, open.signal);
    } finally {
      release();
    }
  }

  /** Connects to a socket of the folder. Throws `instance/not-running`. */
  private async connect(name: string): Promise<Duplex> {
    try {
      return await this.host.connect(this.folder, name);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw error;
      throw new BootflakeError({ code: 'instance/not-running', message: `the machine '${this.name}' is not running` });
    }
  }

  private async startFailed(): Promise<BootflakeError> {
    const messages = Buffer.from((await this.host.readBytes(this.file(files.messages))) ?? '')
      .toString('utf8')
      .trim()
      .split('\n')
      .slice(-6)
      .join('\n');
    const hint = /Failed to get .*lock/.test(messages)
      ? 'Another machine runs from this disk.'
      : /hostfwd|Could not set up host forwarding/.test(messages)
        ? 'A port that is forwarded is taken, or may not be used: end the program that uses it.'
        : /expects a netdev backend type/.test(messages)
          ? 'A private network needs qemu 7.2 or newer.'
          : undefined;
    return new BootflakeError({
      code: 'instance/start-failed',
      message: `the machine '${this.name}' could not be started${messages === '' ? '' : `: ${messages}`}`,
      ...(hint && { hint }),
    });
  }
}

function missing(name: string): BootflakeError {
  return new BootflakeError({ code: 'instance/missing', message: `there is no machine '${name}'` });
}
