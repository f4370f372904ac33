/** Addresses of machines on private networks: the same for the same names, unless another machine has them already. */
import { createHash } from 'node:crypto';
import { BootflakeError } from '../../base/errors.ts';
import { derivedMac } from '../../vm/mac-address.ts';
import type { MachineFeatures } from '../../vm/machine-options.ts';

/** A machine's card on a network. */
export interface NetworkCard {
  /** The network's name. */
  name: string;
  mac: string;
  /** With 24 bits of network. */
  address: string;
}

/** The cards as the guest has them: the MAC address that was chosen for the machine's first card may be that of the first of these. */
export function guestCards(
  networks: readonly NetworkCard[] = [],
  { mac, hostCards = [], userNetwork }: Pick<MachineFeatures, 'mac' | 'hostCards' | 'userNetwork'> = {},
): NetworkCard[] {
  const isFirst = userNetwork === false && hostCards.length === 0;
  return networks.map((card, i) => (i === 0 && isFirst && mac !== undefined ? { ...card, mac } : card));
}

/** A socket's path, which has its name, is at most 107 bytes long. */
export const networkName = /^[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?$/;

/** Throws `instance/bad-network`. */
export function checkNetworkName(text: string): string {
  if (networkName.test(text)) return text;
  throw new BootflakeError({
    code: 'instance/bad-network',
    message: `'${text}' cannot be the name of a network`,
    hint: 'Use 1 to 15 lower-case letters, digits and hyphens: lan.',
  });
}

/**
 * The card of `machine` on `network`. Networks are of 198.18.0.0/15, which is reserved for tests between machines (RFC 2544), so that they
 * hide nothing that a machine could reach. `taken`: the cards of all machines. Throws `instance/network-full`.
 */
export function newNetworkCard(machine: string, network: string, taken: readonly NetworkCard[]): NetworkCard {
  const members = taken.filter(({ name }) => name === network);
  const subnet = members[0] ? subnetOf(members[0].address) : freeSubnet(network, new Set(taken.map(({ address }) => subnetOf(address))));
  const used = new Set(members.map(({ address }) => address));
  // .0 is the network, .1 DHCP's, .255 the broadcast address.
  const address = firstFree(253, numberOf(`address ${network} ${machine}`), (n) => `${subnet}.${n + 2}`, used);
  return { name: network, mac: derivedMac(`${network} ${machine}`), address };
}

function freeSubnet(network: string, used: ReadonlySet<string>): string {
  return firstFree(512, numberOf(`network ${network}`), (n) => `198.${18 + (n >> 8)}.${n & 255}`, used);
}

function subnetOf(address: string): string {
  return address.replace(/\.\d+$/, '');
}

function numberOf(seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE(0);
}

function firstFree(count: number, start: number, nameOf: (n: number) => string, used: ReadonlySet<string>): string {
  for (let i = 0; i < count; i++) {
    const name = nameOf((start + i) % count);
    if (!used.has(name)) return name;
  }
  throw new BootflakeError({
    code: 'instance/network-full',
    message: `all ${count} addresses are taken`,
    hint: 'Remove machines from the network: bootflake vm set NAME --remove-network NETWORK',
  });
}
