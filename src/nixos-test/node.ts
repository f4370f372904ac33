/** A machine of a test: qemu, its disks for the whole test, and the port on which it executes commands. */
import fs from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { sleep } from '../system/sleep.ts';
import { readable } from '../vm/console.ts';
import { chooseProcessors } from '../vm/emulation.ts';
import { GuestChannel, shellGuestPort, type GuestProcess } from '../vm/guest-channel.ts';
import { firstSocket, Machine } from '../vm/machine.ts';
import { userNetwork, type Accelerator, type KernelDescription } from '../vm/qemu-arguments.ts';
import { bootFile } from './boot-file.ts';
import type { NodeDescription } from './description.ts';
import type { EthernetSwitch } from './ethernet-switch.ts';
import { NodeHardware, type HardwareHost } from './node-hardware.ts';
import type { CommandRequest, TestMachine } from './requests.ts';
import { screenText, type Recogniser } from './screen-text.ts';

export interface NodeHost extends HardwareHost {
  accelerator: Accelerator;
  network(vlan: number): EthernetSwitch;
  onConsoleLine(node: string, line: string): void;
  /** What a command writes to its standard error. */
  onErrorOutput(node: string, text: string): void;
  onEnded(node: string): void;
  /** Of tests that recognise text on screens. */
  recogniser: Recogniser | undefined;
  signal: AbortSignal;
}

/** Milliseconds until a guest must execute commands. The test has a limit of its own. */
const bootPatience = 3_600_000;
/** Milliseconds that a reboot may take to begin. */
const resetPatience = 300_000;
/** Milliseconds that the journal of a failed test may take. */
const journalPatience = 30_000;
/** Bytes of a command's output. */
const mostOutput = 64 << 20;
/** Of the console's text, in characters, for messages. */
const keptConsole = 64 << 10;

/** Words for qemu with the store's paths where they are on this host, such as the disk image that a test has built. */
export function storePathsOnHost(words: readonly string[], host: Pick<NodeHost, 'realPath'>): string[] {
  return words.map((word) => word.replace(/\/nix\/store\/[0-9a-z]{32}-[\w+.?=-]+/g, (path) => host.realPath(path)));
}

export class Node implements TestMachine {
  private machine: Machine | undefined;
  private starting: Promise<Machine> | undefined;
  /** Resolves when the programs of the last start have ended. */
  private companionsEnd: Promise<void> = Promise.resolve();
  private readonly hardware: NodeHardware;
  /** Whether the guest has executed commands since it was started or reset. */
  private hasReplied = false;
  private tail: Promise<unknown> = Promise.resolve();
  private consoleText = '';
  private consoleRest = '';
  /** A reset ends the guest's commands without a word. */
  private resets = 0;
  private onReset: (() => void)[] = [];
  private awaitedReset: number | undefined;

  constructor(
    private readonly description: NodeDescription,
    private readonly host: NodeHost,
  ) {
    this.hardware = new NodeHardware(description, host);
  }

  get name(): string {
    return this.description.name;
  }

  get isRunning(): boolean {
    return this.machine !== undefined;
  }

  async start(allowReboot: boolean): Promise<number> {
    if (this.machine) return this.machine.pid;
    this.starting ??= this.startNow(allowReboot).finally(() => {
      this.starting = undefined;
    });
    return (await this.starting).pid;
  }

  private async startNow(allowReboot: boolean): Promise<Machine> {
    const { host } = this;
    await this.companionsEnd;
    const { devices, end } = await this.hardware.prepare();
    let machine: Machine;
    try {
      machine = await this.startWith(devices, allowReboot);
    } catch (error) {
      await end();
      throw error;
    }
    this.machine = machine;
    this.companionsEnd = machine.ended
      .catch(() => {})
      .then(() => {
        this.machine = undefined;
        this.hasReplied = false;
        host.onEnded(this.name);
        return end();
      });
    return machine;
  }

  private async startWith(devices: Awaited<ReturnType<NodeHardware['prepare']>>['devices'], allowReboot: boolean): Promise<Machine> {
    const { description, host } = this;
    const machine = Machine.start(
      host.qemu,
      {
        name: description.name,
        memory: `${description.memory}M`,
        ...(await chooseProcessors(host.qemu, host.accelerator, { processors: description.cores, isDefault: false })),
        ...devices,
        kernel: description.kernel === null ? undefined : this.kernel(description.kernel),
        ports: [shellGuestPort(0, { socket: firstSocket })],
        extra: [...(allowReboot ? [] : ['-no-reboot']), ...storePathsOnHost(description.qemuArguments, host)],
      },
      {
        signal: host.signal,
        sockets: 1 + description.networks.length,
        onConsole: (text) => this.takeConsole(text),
        onEvent: ({ event }) => event === 'RESET' && this.wasReset(),
      },
    );
    for (const [i, { vlan }] of description.networks.entries()) host.network(vlan).attach(machine.sockets[1 + i]!);
    return machine;
  }

  async connect(): Promise<void> {
    const machine = this.running();
    if (this.awaitedReset !== undefined) {
      const from = this.awaitedReset;
      this.awaitedReset = undefined;
      await this.untilReset(from, machine);
    }
    (await this.open(machine)).close();
    this.hasReplied = true;
  }

  expectReset(): void {
    this.awaitedReset = this.resets;
  }

  execute(request: CommandRequest): Promise<{ status: number; output: Buffer }> {
    const result = this.tail.then(() => this.executeNow(request));
    this.tail = result.catch(() => {});
    return result;
  }

  async untilEnd(): Promise<void> {
    await this.machine?.ended.catch(() => {});
  }

  async crash(): Promise<void> {
    const { machine } = this;
    machine?.kill();
    await machine?.ended.catch(() => {});
  }

  /** Ends it at once, for ever. */
  async close(): Promise<void> {
    await this.crash();
    await this.starting?.then(
      () => this.crash(),
      () => {},
    );
    await this.companionsEnd;
    this.hardware.discard();
  }

  async monitor(command: string): Promise<string> {
    const output = await this.running().command('human-monitor-command', { 'command-line': command });
    return String(output).replaceAll('\r\n', '\n');
  }

  async screenshot(file: string): Promise<void> {
    await this.running().command('screendump', { filename: file, format: 'png' });
  }

  async screenText(onlyOne: boolean): Promise<string[]> {
    const { recogniser, folder } = this.host;
    if (!recogniser) throw new Error('text on screens is recognised in tests with enableOCR = true only');
    const file = `${folder}/${this.name}-screen.ppm`;
    await this.running().command('screendump', { filename: file, format: 'ppm' });
    return screenText(recogniser, file, onlyOne);
  }

  /** eth1. */
  async setLink(up: boolean): Promise<void> {
    if (this.description.networks.length === 0) throw new Error(`the machine ${this.name} is in no network (virtualisation.vlans)`);
    await this.running().command('set_link', { name: userNetwork.replace('0', '1'), up });
  }

  sendConsole(text: string): void {
    this.running().console.write(Buffer.from(text, 'utf8').toString('latin1'));
  }

  /** The last lines of the journal, else of the console; undefined where there is neither. */
  async lastLines(count: number): Promise<{ of: 'journal' | 'console'; lines: string[] } | undefined> {
    const journal = await Promise.race([this.journal(count), sleep(journalPatience).then(() => undefined)]).catch(() => undefined);
    if (journal !== undefined) return { of: 'journal', lines: journal };
    const lines = readable(this.consoleText).split('\n').slice(-count);
    return lines.join('') === '' ? undefined : { of: 'console', lines };
  }

  private async journal(count: number): Promise<string[] | undefined> {
    // A guest that has not replied yet has no journal to read.
    if (!this.hasReplied) return undefined;
    const words = ['journalctl', '--boot', '--no-pager', '--quiet', '--output=short-monotonic', `--lines=${count}`];
    const { status, output } = await this.execute({ words, wait: true, lenient: false });
    return status === 0 ? readable(output.toString('utf8')).split('\n').slice(-count) : undefined;
  }

  private async executeNow({ words, wait, lenient, input, output: into }: CommandRequest): Promise<{ status: number; output: Buffer }> {
    const machine = this.running();
    // A conversation is one command.
    const channel = await this.open(machine);
    this.hasReplied = true;
    const pieces: Buffer[] = [];
    const file = into === undefined ? undefined : fs.openSync(into, 'w', 0o600);
    let length = 0;
    try {
      const process = channel.run({
        words,
        onOutput: (bytes) => {
          length += bytes.length;
          if (file !== undefined) fs.writeSync(file, bytes);
          else if (length <= mostOutput) pieces.push(Buffer.from(bytes));
          else process.kill(9);
        },
        onErrorOutput: (bytes) => this.host.onErrorOutput(this.name, Buffer.from(bytes).toString('utf8')),
      });
      const ended = this.orReset(process);
      ended.catch(() => {});
      if (input === undefined) process.endInput();
      else await pour(input, process);
      if (!wait) {
        // The port is the next command's when this one has ended.
        const released = ended.catch(() => {}).then(() => channel.close());
        this.tail = this.tail.then(() => released);
        return { status: -2, output: Buffer.alloc(0) };
      }
      const { status } = await ended.finally(() => channel.close());
      if (file === undefined && length > mostOutput)
        throw new Error(`the command wrote more than ${mostOutput >> 20} MiB; write to a file, and use copy_from_machine`);
      return { status, output: Buffer.concat(pieces) };
    } catch (error) {
      channel.close();
      if (lenient && isGone(error)) return { status: -1, output: Buffer.concat(pieces) };
      throw error;
    } finally {
      if (file !== undefined) fs.closeSync(file);
    }
  }

  private async open(machine: Machine): Promise<GuestChannel> {
    try {
      return await GuestChannel.open(machine.sockets[0]!, { timeout: bootPatience, signal: this.host.signal });
    } catch (error) {
      // qemu itself may know why: a port of the host that is taken, an argument that it lacks.
      if (isGone(error) && (await machine.ended).status !== 0) throw await machine.failure();
      throw error;
    }
  }

  private running(): Machine {
    if (this.machine) return this.machine;
    throw gone(`the machine ${this.name} does not run`);
  }

  private kernel({ file, initrd, commandLine }: KernelDescription): KernelDescription {
    return { file: bootFile(this.host, file), initrd: bootFile(this.host, initrd), commandLine };
  }

  private takeConsole(text: string): void {
    this.consoleText = (this.consoleText + text).slice(-keptConsole);
    const lines = (this.consoleRest + text).split(/\r*\n|\r(?=.)/);
    // A guest need not end its lines.
    this.consoleRest = lines.pop()!.slice(-keptConsole);
    for (const line of lines) this.host.onConsoleLine(this.name, readable(Buffer.from(line, 'latin1').toString('utf8')));
  }

  private wasReset(): void {
    this.resets += 1;
    this.hasReplied = false;
    for (const wake of this.onReset.splice(0)) wake();
  }

  private async orReset(process: GuestProcess): Promise<{ status: number }> {
    let wake = (): void => {};
    const reset = new Promise<never>((_, reject) => {
      wake = () => reject(gone(`the machine ${this.name} was reset while it executed a command`));
      this.onReset.push(wake);
    });
    reset.catch(() => {});
    try {
      return await Promise.race([process.ended, reset]);
    } finally {
      this.onReset = this.onReset.filter((one) => one !== wake);
    }
  }

  private async untilReset(from: number, machine: Machine): Promise<void> {
    if (this.resets > from) return;
    const reset = new Promise<true>((resolve) => this.onReset.push(() => resolve(true)));
    const end = machine.ended.then(
      () => true,
      () => true,
    );
    if ((await Promise.race([reset, end, sleep(resetPatience, this.host.signal)])) !== true)
      throw new Error(`the machine ${this.name} did not begin to boot again within ${resetPatience / 1000} s`);
  }
}

function gone(message: string): BootflakeError {
  return new BootflakeError({ code: 'vm/guest-gone', message });
}

function isGone(error: unknown): boolean {
  return error instanceof BootflakeError && error.code === 'vm/guest-gone';
}

async function pour(file: string, process: GuestProcess): Promise<void> {
  for await (const piece of fs.createReadStream(file)) await process.write(piece as Buffer);
  process.endInput();
}
