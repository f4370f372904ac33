/** Follows a machine that was just started until it is well: by what its guest says of itself, else by a login on its console. */
import { BootflakeError } from '../base/errors.ts';
import { visibleLine } from '../base/control-characters.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { sleep } from '../system/sleep.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files } from './launch-script.ts';

export interface WellOptions {
  /** Milliseconds. */
  patience: number;
  /** Whether the guest tells how it is. */
  reports: boolean;
  /** An address that has to reply to the host, by its curl. */
  url?: string | undefined;
  /** Bytes that the console had before the start. */
  consoleBegun: number;
  signal?: AbortSignal | undefined;
  onNote(line: string): void;
}

/** Bytes of the console in which a login is looked for. */
const mostConsole = 1 << 20;

/** Throws `instance/unwell`, or the signal's reason. */
export async function waitUntilWell(instance: Instance, options: WellOptions): Promise<'well'> {
  const deadline = monotonicMilliseconds() + options.patience;
  let why = `it did not say that it is well within ${Math.round(options.patience / 1000)} s`;
  let said = '';
  for (;;) {
    if (!(await instance.isRunning())) {
      const message = await instance.lastLine(files.messages);
      throw unwell(instance, `it ended${message === '' ? '' : `: ${visibleLine(message).slice(0, 200)}`}`);
    }
    const state = options.reports ? await report(instance) : await loginSeen(instance, options.consoleBegun);
    if (state.why !== undefined) why = state.why;
    if (state.is === 'failed') throw unwell(instance, why);
    if (state.is === 'well') {
      const complaint = await urlComplaint(instance, options.url);
      if (complaint === undefined) return 'well';
      why = complaint;
    }
    if (why !== said && (state.why !== undefined || state.is === 'well')) options.onNote(`${instance.name}: waiting: ${why}`);
    said = why;
    if (monotonicMilliseconds() > deadline) throw unwell(instance, why);
    await sleep(Math.max(100, instance.host.pause), options.signal);
  }
}

interface Seen {
  is: 'well' | 'failed' | 'waiting';
  why?: string;
}

/** distro/nixos/modules/virtualisation/guest-health.sh */
async function report(instance: Instance): Promise<Seen> {
  const line = visibleLine(await instance.lastLine(files.health)).slice(0, 300);
  const [kind, why] = line.split(/: (.*)/s);
  if (kind === 'well') return { is: 'well' };
  if (kind !== 'failed' && kind !== 'waiting') return { is: 'waiting' };
  return { is: kind, ...(why !== undefined && { why }) };
}

async function loginSeen(instance: Instance, begun: number): Promise<Seen> {
  const bytes = Buffer.from((await instance.host.readBytes(instance.file(files.console))) ?? '');
  // A log that was cut since then is new as a whole.
  const shown = bytes.subarray(bytes.length < begun ? 0 : begun).subarray(-mostConsole);
  return { is: shown.includes('login:') ? 'well' : 'waiting' };
}

async function urlComplaint({ host }: Instance, url: string | undefined): Promise<string | undefined> {
  if (url === undefined) return undefined;
  const { status } = await host.run(['curl', '-fsS', '-o', '/dev/null', '-m', '5', '--', url]);
  return status === 0 ? undefined : status === undefined ? 'the host has no curl' : `${visibleLine(url)} does not reply (curl: ${status})`;
}

function unwell(instance: Instance, why: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/unwell',
    message: `the machine '${instance.name}' is not well: ${why}`,
    hint: `See what it shows: ${instance.command('log')}`,
  });
}
