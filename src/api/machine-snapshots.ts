/** `bootflake vm snapshot` and `vm restore`. */
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from '../instances/instance.ts';
import { deleteSnapshot, listSnapshots, restoreSnapshot, takeSnapshot, type Snapshot } from '../instances/snapshots.ts';
import type { HostContext } from './host-context.ts';
import { instancesOf, withMachine, type MachineContext } from './instances.ts';

/** Throws `instance/snapshot-exists`, `instance/bad-name`. */
export async function snapshotMachine(context: MachineContext, name: string, snapshot: string): Promise<void> {
  await withMachine(context, name, async (instance) => {
    if (await instance.isRunning()) await syncGuest(instance, context.signal);
    await takeSnapshot(instance, snapshot);
  });
}

/** Throws `instance/running`, `instance/no-snapshot`. */
export function restoreMachine(context: MachineContext, name: string, snapshot: string): Promise<void> {
  return withMachine(context, name, (instance) => restoreSnapshot(instance, snapshot));
}

/** Throws `instance/snapshot-needed`, `instance/no-snapshot`. */
export function deleteMachineSnapshot(context: MachineContext, name: string, snapshot: string): Promise<void> {
  return withMachine(context, name, (instance) => deleteSnapshot(instance, snapshot));
}

export async function machineSnapshots(context: HostContext, name: string): Promise<Snapshot[]> {
  return listSnapshots(await instancesOf(context).get(name));
}

/** A guest that does not listen is taken as it is: its file system's journal is made for that. */
async function syncGuest(instance: Instance, signal: AbortSignal | undefined): Promise<void> {
  try {
    await instance.runInGuest(['sync'], { timeout: 3000, signal });
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
  }
}
