/** Private networks between the machines of this user: who is on them, and the process beside a machine. */
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from '../instances/instance.ts';
import type { LaunchedCompanion } from '../instances/launch-script.ts';
import { namesSocket, networkSocket, type MachineNetworks } from '../instances/network/machine-networks.ts';
import { networkFolder } from '../instances/network/network-folder.ts';
import { checkNetworkName, guestCards, newNetworkCard, type NetworkCard } from '../instances/network/network-address.ts';
import { makeDirectories } from '../system/file-operations.ts';
import { acquireLock } from '../system/lock-file.ts';
import { programCommand } from '../system/program-command.ts';
import { stateDirectory } from '../system/state-directory.ts';
import type { Qemu } from '../vm/find-qemu.ts';
import { guestShells, shellGuestPort } from '../vm/guest-channel.ts';
import type { GuestPort, NetworkDescription } from '../vm/qemu-arguments.ts';
import { streamReconnect } from '../vm/stream-reconnect.ts';
import { instancesOf, networkCardsOf, type MachineContext } from './instances.ts';

/** Networks of a machine that few have. */
const mostNetworks = 20;

/** As typed. Throws `instance/bad-network`. */
export function readNetworks(names: readonly string[]): string[] {
  const networks = [...new Set(names.map(checkNetworkName))];
  if (networks.length <= mostNetworks) return networks;
  throw new BootflakeError({
    code: 'instance/bad-network',
    message: `a machine can be on ${mostNetworks} networks, not ${networks.length}`,
  });
}

interface Member extends NetworkCard {
  machine: string;
}

/** The cards of all machines that can be read. */
async function allMembers(context: MachineContext): Promise<Member[]> {
  const instances = instancesOf(context);
  const members: Member[] = [];
  for (const machine of await instances.names())
    for (const card of await networkCardsOf(instances, machine)) members.push({ machine, ...card });
  return members;
}

/**
 * Gives `work` the machine's cards on these networks; those that it has stay as they are. Until `work` has written them down, no other
 * machine gets an address. Throws `instance/network-full`.
 */
export async function withNetworkCards<T>(
  context: MachineContext,
  { machine, present, wanted }: { machine: string; present: readonly NetworkCard[]; wanted: readonly string[] },
  work: (cards: NetworkCard[]) => T | Promise<T>,
): Promise<T> {
  if (wanted.length === 0) return work([]);
  const folder = stateDirectory(context.env);
  makeDirectories(folder);
  const lock = await acquireLock(join(folder, 'networks.lock'), { ...(context.signal && { signal: context.signal }) });
  try {
    const taken: NetworkCard[] = (await allMembers(context)).filter((member) => member.machine !== machine);
    const kept = present.filter(({ name }) => wanted.includes(name));
    const cards: NetworkCard[] = [];
    for (const name of wanted)
      cards.push(kept.find((card) => card.name === name) ?? newNetworkCard(machine, name, [...taken, ...kept, ...cards]));
    return await work(cards);
  } finally {
    lock.release();
  }
}

/** What a machine needs for its networks; nothing without them. `qemu`: the one that runs it. */
export async function networkDevices(
  context: MachineContext,
  instance: Instance,
  qemu: Qemu,
): Promise<{ cards: NetworkDescription[]; companions: LaunchedCompanion[]; ports: GuestPort[] }> {
  const manifest = await instance.manifest();
  const networks = guestCards(manifest.networks, manifest.features);
  const last = networks.at(-1);
  if (!last) return { cards: [], companions: [], ports: [] };
  const members = await allMembers(context);
  const reconnect = await streamReconnect(qemu);
  const plan: MachineNetworks = {
    machine: instance.name,
    networks: networks.map((card) => ({
      card,
      folder: networkFolder(card.name),
      members: members.filter(({ name }) => name === card.name).map(({ machine, address }) => ({ machine, address })),
    })),
  };
  return {
    cards: networks.map(({ name, mac }) => ({ kind: 'stream', path: networkSocket(name), mac, reconnect })),
    companions: [
      {
        name: 'the private network',
        command: [...programCommand('machine-networks'), JSON.stringify(plan)],
        socket: networkSocket(last.name),
        restarts: reconnect !== undefined,
      },
    ],
    // The next one after those for commands of the user.
    ports: [shellGuestPort(guestShells, { listen: namesSocket })],
  };
}
