/** What is done in and with a machine that runs: commands, its console, forwards. */
import { BootflakeError } from '../base/errors.ts';
import { attachConsole, type ConsoleEnd } from '../instances/console.ts';
import type { Instance } from '../instances/instance.ts';
import { instanceFiles as files } from '../instances/launch-script.ts';
import { aborted } from '../system/aborted.ts';
import { sleep } from '../system/sleep.ts';
import { parseForward } from '../vm/forward.ts';
import { endWithin, type GuestProcess } from '../vm/guest-channel.ts';
import { sizePauses, type GuestTerminal, type TerminalSize } from '../vm/guest-terminal.ts';
import { checkFirstCard } from '../vm/network-cards.ts';
import { userNetwork } from '../vm/qemu-arguments.ts';
import type { HostContext } from './host-context.ts';
import { instancesOf, type MachineContext } from './instances.ts';

export interface GuestCommandRequest {
  name: string;
  /** Defaults to a login shell. */
  words: string[];
  terminal?: { size: TerminalSize; kind: string } | undefined;
  /** Milliseconds to wait for a guest that is booting. */
  timeout: number;
  /** The guest waits until a promise resolves. */
  onOutput(bytes: Uint8Array): void | Promise<void>;
  onErrorOutput(bytes: Uint8Array): void | Promise<void>;
  /** Called once the command was sent, for its input. */
  onStart(process: GuestProcess): void;
}

/** Runs a command in a machine, as root. Returns its exit status, 128 and more for a signal. */
export async function execInMachine(context: MachineContext, request: GuestCommandRequest): Promise<number> {
  const { words, terminal, timeout } = request;
  const instance = await instancesOf(context).get(request.name);
  const { channel, release } = await instance.openGuest({ timeout, signal: context.signal });
  try {
    const command = channel.run({
      words: words.length > 0 ? words : ['/bin/bash', '-l'],
      ...(terminal && { terminal }),
      onOutput: request.onOutput,
      onErrorOutput: request.onErrorOutput,
    });
    request.onStart(command);
    return (await Promise.race([command.ended, aborted(context.signal)])).status;
  } finally {
    release();
  }
}

/** The last lines that the guest printed on its console, as bytes. */
export async function consoleLog(context: HostContext, name: string): Promise<Uint8Array> {
  const instance = await instancesOf(context).get(name);
  const parts: Uint8Array[] = [];
  for (const file of [files.olderConsole, files.console])
    parts.push((await instance.host.readBytes(instance.file(file))) ?? new Uint8Array());
  return Buffer.concat(parts);
}

/** Shows the console on a terminal until the user leaves or the machine ends. */
export async function showMachineConsole(context: MachineContext, name: string, terminal: GuestTerminal): Promise<ConsoleEnd> {
  const instance = await instancesOf(context).get(name);
  let sending = new AbortController();
  // A serial line does not transmit the size of the terminal at its other end.
  const onSize = () => {
    sending.abort();
    sending = new AbortController();
    const size = terminal.size();
    if (size) void setConsoleSize(instance, size, sending.signal).catch(() => {});
  };
  try {
    return await attachConsole(instance, terminal, { signal: context.signal, onSize });
  } finally {
    sending.abort();
  }
}

/** Milliseconds that a guest may take to boot until it can receive the size of the terminal. */
const bootPatience = 300_000;

async function setConsoleSize(instance: Instance, { rows, columns }: TerminalSize, signal: AbortSignal): Promise<void> {
  const { channel, release } = await instance.openGuest({ timeout: bootPatience, signal });
  try {
    const words = ['stty', '-F', '/dev/ttyS0', 'rows', String(rows), 'columns', String(columns)];
    for (const pause of sizePauses) {
      await sleep(pause, signal);
      await endWithin(channel.run({ words, onOutput: () => {}, onErrorOutput: () => {} }), bootPatience, signal);
    }
  } finally {
    release();
  }
}

/** Adds or removes port forwards of a running machine; they last until it ends. Throws `vm/bad-forward`, `instance/forward-failed`. */
export async function forwardPorts(
  context: HostContext,
  name: string,
  { add, remove }: { add: string[]; remove: string[] },
): Promise<void> {
  const [added, removed] = [add.map(parseForward), remove.map(parseForward)];
  const instance = await instancesOf(context).get(name);
  await instance.requireRunning();
  const { features = {}, networks = [] } = await instance.manifest();
  checkFirstCard(features, [...added, ...removed], networks.length);
  await instance.withControl(async (control) => {
    // The machine protocol has these commands as text of its monitor only, which prints a complaint, or nothing.
    const monitor = async (line: string, accepted: RegExp) => {
      const said = String(await control.command('human-monitor-command', { 'command-line': line })).trim();
      if (!accepted.test(said)) throw forwardFailed(name, said);
    };
    for (const { protocol, address, host } of removed)
      await monitor(`hostfwd_remove ${userNetwork} ${protocol}:${address}:${host}`, /removed$/);
    for (const { protocol, address, host, guest } of added)
      await monitor(`hostfwd_add ${userNetwork} ${protocol}:${address}:${host}-:${guest}`, /^$/);
  });
}

function forwardFailed(name: string, said: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/forward-failed',
    message: `qemu refused a forward of the machine '${name}': ${said}`,
    hint: 'The port may be taken, need root (below 1024), or not be forwarded.',
  });
}
