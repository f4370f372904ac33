/**
 * The data disk of a machine that is updated often would consist of as many files as there were updates. What nothing but the next file
 * needs is merged with that one: qemu writes what is in the upper file into the lower one, which then takes its name. As the upper file
 * counts wherever it has something, both are at each moment what they were: an interruption costs nothing but the space.
 */
import { BootflakeError } from '../base/errors.ts';
import { sleep } from '../system/sleep.ts';
import type { Qemu } from '../vm/find-qemu.ts';
import { QmpClient } from '../vm/qmp.ts';
import type { BareQemu } from './host/machine-host.ts';
import type { Instance } from './instance.ts';
import { driveOf } from './instance-disks.ts';
import { instanceFiles as files } from './launch-script.ts';

/** Two files of a data disk, of which the lower one is needed by nothing else. */
export interface Mergeable {
  upper: string;
  lower: string;
}

/** The first pair of a machine's folder; undefined when there is none. */
export async function mergeable(instance: Instance): Promise<Mergeable | undefined> {
  const kept = (await instance.manifest()).previous?.stateSnapshot;
  const disks = (await instance.names()).filter((name) => name.endsWith('.qcow2'));
  const over = new Map<string, string[]>();
  for (const name of disks) {
    const { backing } = await instance.disk(name);
    if (backing !== undefined) over.set(backing, [...(over.get(backing) ?? []), name]);
  }
  for (const [lower, uppers] of over) {
    const [upper] = uppers;
    if (isFormerState(lower) && lower !== kept && disks.includes(lower) && uppers.length === 1 && isState(upper!))
      return { upper: upper!, lower };
  }
  return undefined;
}

const isFormerState = (name: string): boolean => /^state-\d{1,6}\.qcow2$/.test(name);
const isState = (name: string): boolean =>
  name === files.state || isFormerState(name) || (name.startsWith('snapshot-') && name.endsWith(`.${files.state}`));

/** For a machine that does not run, whose lock the caller has. Throws `instance/merge-failed`, and then the disks are as they were. */
export async function mergeStates(instance: Instance, qemu: Qemu, signal?: AbortSignal): Promise<void> {
  await instance.requireStopped('its disks cannot be merged now');
  const { host } = instance;
  for (let pair = await mergeable(instance); pair; pair = await mergeable(instance)) {
    await commit(instance, pair, qemu, signal);
    await host.sync(instance.file(pair.lower));
    await host.rename(instance.file(pair.lower), instance.file(pair.upper));
    await host.sync(instance.folder);
  }
}

/** A qemu without a machine, which has no guest. */
async function commit(instance: Instance, { upper, lower }: Mergeable, qemu: Qemu, signal: AbortSignal | undefined): Promise<void> {
  const file = (filename: string) => ({ driver: 'file', filename });
  const disk = {
    driver: 'qcow2',
    'node-name': 'upper',
    file: file(upper),
    backing: { driver: 'qcow2', 'node-name': 'lower', file: file(lower) },
  };
  const args = ['-machine', 'none', '-nodefaults', '-display', 'none', '-blockdev', JSON.stringify(disk)];
  const program = await instance.host.startBareQemu(instance.folder, qemu, args);
  try {
    await runJob(new QmpClient(program.control), signal);
    const status = await program.ended;
    if (status !== 0) throw new Error(`qemu ended with status ${status}`);
  } catch (error) {
    signal?.throwIfAborted();
    throw mergeFailed(instance, { upper, lower }, messageOf(error, program));
  } finally {
    program.end();
    await program.ended.catch(() => {});
  }
}

/**
 * The same while the machine runs, by its own qemu, for the states below its data disk. Returns without having done anything where that is
 * not possible. For who has the lock. Throws `instance/merge-failed`, and then the disks are as they were.
 */
export async function mergeRunning(instance: Instance, signal?: AbortSignal): Promise<void> {
  const pair = await mergeable(instance);
  if (!pair || !isFormerState(pair.upper) || (await instance.disk(files.state)).backing !== pair.upper) return;
  const { upper, lower } = pair;
  for (const name of await instance.names())
    if (name.endsWith('.qcow2') && name !== files.state && (await instance.disk(name)).backing === upper) return;
  const manifest = await instance.manifest();
  const id = `merge-${upper}`;
  const job = { 'job-id': id, device: driveOf(manifest, files.state), top: upper, base: lower, 'auto-dismiss': false };
  try {
    await instance.withControl((control) => control.command('block-commit', job));
    for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
      const jobs = (await instance.withControl((control) => control.command('query-jobs'))) as (Job & { id: string })[];
      const found = jobs.find((each) => each.id === id);
      if (found?.status === 'concluded') await instance.withControl((control) => control.command('job-dismiss', { id }));
      if (found?.error !== undefined) throw new Error(found.error);
      if (!found || found.status === 'concluded') break;
      await sleep(pause, signal);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw mergeFailed(instance, pair, (error as Error).message);
  }
  // Until it is removed, the upper file is what it was: it lies over the lower one.
  if ((await instance.disk(files.state)).backing !== lower) return;
  const { previous } = manifest;
  if (previous?.stateSnapshot === upper) await instance.writeManifest({ ...manifest, previous: { ...previous, stateSnapshot: lower } });
  await instance.host.remove(instance.file(upper));
}

interface Job {
  status: string;
  error?: string;
}

async function runJob(control: QmpClient, signal: AbortSignal | undefined): Promise<void> {
  const id = 'merge';
  await control.ready;
  await control.command('block-commit', { 'job-id': id, device: 'upper', 'base-node': 'lower', 'auto-dismiss': false });
  for (let pause = 5; ; pause = Math.min(pause * 2, 200)) {
    const [job] = (await control.command('query-jobs')) as Job[];
    if (job?.error !== undefined) throw new Error(job.error);
    if (job === undefined || job.status === 'concluded') break;
    if (job.status === 'ready') await control.command('job-complete', { id });
    await sleep(pause, signal);
  }
  // It writes what it has not written yet.
  await control.command('quit');
}

function messageOf(error: unknown, program: BareQemu): string {
  const said = program.errors().trim().split('\n').slice(-2).join('\n');
  return said === '' ? (error as Error).message : said;
}

function mergeFailed({ name }: Instance, { upper, lower }: Mergeable, why: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/merge-failed',
    message: `the files '${upper}' and '${lower}' of the machine '${name}' could not be merged: ${why}`,
    hint: 'The machine is well without that; its files need more space. The next update tries it again.',
  });
}
