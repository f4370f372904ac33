/** What ran beside a running machine's qemu and has ended: qemu and the guest go on without it, and do not say so. */
import { readText } from '../system/file-operations.ts';
import { livenessOf, parseIdentityToken } from '../system/process-identity.ts';
import { printedCompanions } from '../vm/companions.ts';
import type { Instance } from './instance.ts';
import { companionFile, companionInterval, startedAgain } from './launch-script.ts';
import type { Manifest } from './manifest.ts';

/** In words, with what to do; none of a machine that does not run. Reads a small file for each. */
export function companionFaults(instance: Instance, { features = {}, networks = [] }: Manifest): string[] {
  if (!instance.isRunning) return [];
  const names = [
    ...printedCompanions(features).map(({ name }) => name),
    ...(networks.length > 0 ? ['the process of its private networks'] : []),
  ];
  return names.flatMap((name, index) => {
    const text = readText(instance.file(companionFile(index))) ?? '';
    const again = text.trimEnd().endsWith(startedAgain);
    const identity = parseIdentityToken(text.trim().split(' ')[0]!);
    if (!identity || livenessOf(identity) !== 'dead') return [];
    const what = again
      ? `it is started again within ${companionInterval} s; if it is not, restart the machine`
      : 'what it serves is gone until the machine is restarted';
    return [`${name} has ended: ${what}: bootflake vm restart ${instance.name}`];
  });
}
