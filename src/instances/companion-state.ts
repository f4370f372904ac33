/** What ran beside a running machine's qemu and has ended: qemu and the guest go on without it, and do not say so. */
import { printedCompanions } from '../vm/companions.ts';
import type { Instance } from './instance.ts';
import { companionFile, companionInterval, startedAgain } from './launch-script.ts';
import type { Manifest } from './manifest.ts';

/** In words, with what to do; none of a machine that does not run. Reads a small file for each. */
export async function companionFaults(instance: Instance, { features = {}, networks = [] }: Manifest): Promise<string[]> {
  const names = [
    ...printedCompanions(features).map(({ name }) => name),
    ...(networks.length > 0 ? ['the process of its private networks'] : []),
  ];
  if (names.length === 0 || !(await instance.isRunning())) return [];
  const faults: string[] = [];
  for (const [index, name] of names.entries()) {
    const found = await instance.host.process(instance.file(companionFile(index)));
    if (found?.liveness !== 'dead') continue;
    const what =
      found.note === startedAgain.trim()
        ? `it is started again within ${companionInterval} s; if it is not, restart the machine`
        : 'what it serves is gone until the machine is restarted';
    faults.push(`${name} has ended: ${what}: ${instance.command('restart')}`);
  }
  return faults;
}
