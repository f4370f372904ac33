/**
 * A machine with a name, on this host: a folder with its disks and a manifest; while it runs, also sockets that only the user may open.
 * Beside qemu runs nothing but a shell script: a machine's state is what its files and qemu say.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { listNames, readText } from '../system/file-operations.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { bootId, livenessOf, parseIdentityToken, type ProcessIdentity } from '../system/process-identity.ts';
import { sleep } from '../system/sleep.ts';
import { acquireLock, tryLock, type HeldLock } from '../system/lock-file.ts';
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
  ) {}

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Throws `instance/bad-manifest`, `instance/newer-manifest`, `instance/missing`. */
  manifest(): Manifest {
    const found = readManifest(this.folder);
    if (!found) throw missing(this.name);
    return found;
  }

  writeManifest(manifest: Omit<Manifest, 'schema'>): void {
    writeManifest(this.folder, manifest);
  }

  /** Reads two small files; asks no process. */
  state(): InstanceState {
    const identity = this.identity();
    if (identity && livenessOf(identity) !== 'dead') return { state: 'running', pid: identity.pid };
    const status = /^\d+$/.exec((readText(this.file(files.status)) ?? '').trim())?.[0];
    return { state: 'stopped', status: status === undefined ? undefined : Number(status) };
  }

  /** As `state`. */
  get isRunning(): boolean {
    return this.state().state === 'running';
  }

  /** Throws `instance/not-running`. */
  requireRunning(): void {
    if (this.isRunning) return;
    throw new BootflakeError({
      code: 'instance/not-running',
      message: `the machine '${this.name}' is not running`,
      hint: `Start it: bootflake vm start ${this.name}`,
    });
  }

  /** Throws `instance/running`. */
  requireStopped(what: string): void {
    if (!this.isRunning) return;
    throw new BootflakeError({
      code: 'instance/running',
      message: `the machine '${this.name}' is running: ${what}`,
      hint: `Stop it: bootflake vm stop ${this.name}`,
    });
  }

  /** For what must not happen twice at a time, such as a start. Waits for others, one of which may remove it. Throws `instance/missing`. */
  async lock(signal?: AbortSignal): Promise<HeldLock> {
    try {
      return await acquireLock(this.file('lock'), { ...(signal && { signal }) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing(this.name);
      throw error;
    }
  }

  /** Runs the script in a session of its own, which outlives us; resolves when qemu accepts commands. Throws `instance/start-failed`. */
  async start(launch: LaunchScript, signal?: AbortSignal): Promise<void> {
    for (const name of listNames(this.folder))
      if (name.endsWith('.sock') || name === files.running) fs.rmSync(this.file(name), { force: true });
    this.writeScript(launch);
    const child = spawn('/bin/sh', [this.file(files.script)], { cwd: this.folder, detached: true, stdio: 'ignore' });
    let ended = false;
    child.on('exit', () => (ended = true)).on('error', () => (ended = true));
    child.unref();
    const deadline = monotonicMilliseconds() + startPatience;
    for (;;) {
      signal?.throwIfAborted();
      if (ended || monotonicMilliseconds() > deadline) throw this.startFailed();
      try {
        await this.withControl(async () => {});
        if (this.isRunning) return;
      } catch {
        // It does not listen yet.
      }
      await sleep(30);
    }
  }

  /** Writes the script that runs the machine, without starting it. */
  writeScript(launch: LaunchScript): void {
    const temporary = this.file(`${files.script}.new`);
    fs.writeFileSync(temporary, launchScript(launch), { mode: 0o700 });
    fs.renameSync(temporary, this.file(files.script));
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
    for (let pause = 10; this.isRunning; pause = Math.min(pause * 1.5, 200)) {
      if (monotonicMilliseconds() > deadline) return false;
      await sleep(pause, signal);
    }
    await this.waitForScript(signal);
    return true;
  }

  /** Resolves when nothing writes into the folder any more: its script has removed what names the qemu that ended, or was killed. */
  private async waitForScript(signal?: AbortSignal): Promise<void> {
    const deadline = monotonicMilliseconds() + scriptPatience;
    while (this.identity()?.bootId === bootId() && monotonicMilliseconds() < deadline) await sleep(20, signal);
  }

  /** Ends qemu at once, like pulling the plug. */
  async kill(): Promise<void> {
    const identity = this.identity();
    const liveness = identity ? livenessOf(identity) : 'dead';
    if (!identity || liveness === 'dead') return this.waitForScript();
    // The number of a process in another pid namespace is another process here.
    if (liveness === 'unknown') await this.withControl((control) => control.command('quit')).catch(() => {});
    else killProcess(identity.pid);
    // Ended as was asked for, and so no failure.
    if (await this.waitForEnd(10_000)) fs.writeFileSync(this.file(files.status), '0\n');
  }

  /** A channel for one command in the guest; release it. Throws `instance/guest-busy`, and what `GuestChannel.open` throws. */
  async openGuest(options: OpenOptions): Promise<{ channel: GuestChannel; release(): void }> {
    this.requireRunning();
    for (let index = 0; index < guestShells; index++) {
      const lock = tryLock(this.file(`shell-${index}.lock`));
      if ('heldBy' in lock) continue;
      let socket: Socket | undefined;
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

  /**
   * Connects to a socket of the folder. Its path may be longer than a socket's address can be (107 bytes): Linux has a shorter one through
   * the folder's descriptor.
   */
  private connect(name: string): Promise<Socket> {
    const path = this.file(name);
    const folder = Buffer.byteLength(path) > 100 && process.platform === 'linux' ? fs.openSync(this.folder, 'r') : undefined;
    return new Promise((resolve, reject) => {
      const socket = connect(folder === undefined ? path : `/proc/self/fd/${folder}/${name}`);
      const close = () => folder !== undefined && fs.closeSync(folder);
      socket.once('connect', () => {
        close();
        socket.removeAllListeners('error');
        socket.on('error', () => {});
        resolve(socket);
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        close();
        reject(
          error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
            ? new BootflakeError({ code: 'instance/not-running', message: `the machine '${this.name}' is not running` })
            : error,
        );
      });
    });
  }

  private identity(): ProcessIdentity | undefined {
    return parseIdentityToken((readText(this.file(files.running)) ?? '').trim());
  }

  private startFailed(): BootflakeError {
    const messages = (readText(this.file(files.messages), 'utf8') ?? '').trim().split('\n').slice(-6).join('\n');
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

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
