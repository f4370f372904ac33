/** What runs beside a machine that is on private networks: its ports, and the names in its guest. It ends when qemu does. */
import { GuestNames } from './guest-names.ts';
import type { NetworkCard } from './network-address.ts';
import { NetworkPort, type NetworkMember } from './network-port.ts';

/** Names of sockets in the machine's folder. */
export const namesSocket = 'names.sock';

export function networkSocket(network: string): string {
  return `network-${network}.sock`;
}

/** Milliseconds that qemu may take to connect. */
const qemuPatience = 60_000;

/** The argument of the program, as JSON. It is started in the machine's folder. */
export interface MachineNetworks {
  machine: string;
  networks: {
    card: NetworkCard;
    folder: string;
    /** The machines that were on the network at the start, running or not. */
    members: NetworkMember[];
  }[];
}

/** Resolves when qemu may be started. The last of the networks is opened last. */
export async function serveNetworks({ machine, networks }: MachineNetworks): Promise<void> {
  const members = new Map(
    networks.map(({ card, members: known }) => [card.name, new Map(known.map((each) => [each.machine, each.address]))]),
  );
  const names = new GuestNames(namesSocket, () => [...members].flatMap(([network, of]) => hostLines(network, of)));
  const ports: NetworkPort[] = [];
  const close = () => {
    clearTimeout(alone);
    for (const port of ports) port.close();
    names.close();
  };
  // One that is started again may be too late: qemu has ended.
  const alone = setTimeout(close, qemuPatience);
  for (const { card, folder } of networks) {
    const port = new NetworkPort(
      { machine, card, folder, socket: networkSocket(card.name) },
      {
        onMember: (network, member) => {
          const known = members.get(network)!;
          if (known.get(member.machine) === member.address) return;
          known.set(member.machine, member.address);
          names.update();
        },
        onGuest: () => {
          clearTimeout(alone);
          names.update();
        },
        onEnd: close,
      },
    );
    ports.push(port);
    await port.open();
  }
}

/** A machine may have the one name that a guest has itself. */
function hostLines(network: string, members: ReadonlyMap<string, string>): string[] {
  const named = [...members].filter(([name]) => name !== 'localhost').sort();
  return named.map(([name, address]) => `${address} ${name} ${name}.${network}`);
}
