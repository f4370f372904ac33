/** A replacement of a running machine's system by its host alone: prepared here, done by the host's watch-script.ts, followed from here. */
import { randomBytes } from 'node:crypto';
import { BootflakeError } from '../base/errors.ts';
import { visibleLine } from '../base/control-characters.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { sleep } from '../system/sleep.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files, launchScript, type LaunchScript } from './launch-script.ts';
import { manifestName, writeManifest, type Manifest } from './manifest.ts';
import { prepareReplacement, type NextFile } from './replacement.ts';
import { watchScript, type WatchPlan } from './watch-script.ts';

export interface SystemSwitch extends Omit<WatchPlan, 'token'> {
  next: Record<string, NextFile>;
  manifest: Omit<Manifest, 'schema'>;
  launch: LaunchScript;
  /** The machine as it is now, after the new system was taken back; `state`: its data disk. */
  back: { manifest: Omit<Manifest, 'schema'>; state?: Uint8Array };
}

/** For a machine whose lock the caller has: the host begins when that is released. Returns what `followSwitch` takes. */
export async function beginSwitch(instance: Instance, plan: SystemSwitch): Promise<string> {
  const { host } = instance;
  const token = randomBytes(8).toString('hex');
  const write = (name: string, text: string) => host.write(instance.file(name), Buffer.from(text));
  await host.removeTree(instance.file('back'));
  await host.remove(instance.file(files.watchResult));
  await host.remove(instance.file(files.watching));
  await host.makeFolder(instance.file('back'));
  await write('back/start.sh', (await instance.text(files.script)) ?? '');
  if (plan.back.state) await host.write(instance.file(`back/${files.state}`), plan.back.state);
  await writeManifest(host, instance.file('back'), plan.back.manifest);
  await write(`${files.script}.next`, launchScript(plan.launch));
  await write(files.watchToken, token);
  // A shell may still read the one before.
  await write(`${files.watch}.new`, watchScript({ ...plan, token }));
  await host.rename(instance.file(`${files.watch}.new`), instance.file(files.watch));
  await prepareReplacement(instance, plan.next, plan.manifest);
  host.startScript(instance.file(files.watch));
  return token;
}

export interface FollowOptions {
  signal?: AbortSignal | undefined;
  /** What the new system says of itself. */
  onNote(line: string): void;
}

/** Seconds for what the host does besides waiting. */
const overhead = 120_000;

/**
 * Returns when the new system is well. `patience`: milliseconds that the host gives it. Throws `instance/unwell` when the host took it
 * back, `instance/changed-meanwhile`, `remote/connection-lost`, or the signal's reason: the host goes on.
 */
export async function followSwitch(
  instance: Instance,
  token: string,
  patience: number,
  { signal, onNote }: FollowOptions,
): Promise<'well'> {
  const deadline = monotonicMilliseconds() + patience + overhead;
  // What the system before has said of itself.
  let said = await instance.lastLine(files.health);
  for (;;) {
    const result = (await instance.text(files.watchResult))?.trim();
    if ((await instance.text(files.watchToken)) !== token) throw changedMeanwhile(instance);
    if (result !== undefined) return resultOf(instance, visibleLine(result));
    const line = await instance.lastLine(files.health);
    if (line !== said && line !== '') onNote(`${instance.name}: ${visibleLine(line)}`);
    said = line;
    if (monotonicMilliseconds() > deadline) throw silent(instance);
    await sleep(instance.host.pause, signal);
  }
}

function resultOf(instance: Instance, result: string): 'well' {
  if (result === 'well') return 'well';
  const [kind, why = ''] = result.split(/: (.*)/s);
  if (kind === 'cancelled') throw changedMeanwhile(instance);
  throw new BootflakeError({
    code: 'instance/unwell',
    message: `the new system of the machine '${instance.name}' was not well: ${why}`,
    hint:
      kind === 'back'
        ? `The machine has the system before again, with the data as they were. See what it showed: ${instance.command('log')}`
        : `See what it shows: ${instance.command('log')}`,
  });
}

function changedMeanwhile(instance: Instance): BootflakeError {
  return new BootflakeError({
    code: 'instance/changed-meanwhile',
    message: `the machine '${instance.name}' was changed by another command before it got its new system`,
    hint: `See what it is now, and try again: ${instance.command('status')}`,
  });
}

function silent(instance: Instance): BootflakeError {
  return new BootflakeError({
    code: 'instance/unwell',
    message: `the host of the machine '${instance.name}' did not say how the change of its system ended`,
    hint: `See how it is: ${instance.command('status')}. What the host does is in ${manifestName} and ${files.watch} there.`,
  });
}
