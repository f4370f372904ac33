/** A machine's network cards in the guest's order: qemu's own network, those of this host, private ones. */
import { BootflakeError } from '../base/errors.ts';
import { hostNetwork, type HostCard } from './host-network.ts';
import { derivedMac } from './mac-address.ts';
import type { PortForward } from './forward.ts';
import type { MachineFeatures } from './machine-options.ts';
import type { NetworkDescription } from './qemu-arguments.ts';

type Features = Pick<MachineFeatures, 'restrictNetwork' | 'mac' | 'hostCards'> & { userNetwork?: boolean | undefined };

/**
 * Throws `vm/no-first-card`, `vm/no-user-network`, and what `hostNetwork` throws. `seed`: what distinguishes the machine from others of all
 * hosts whose cards are on the same bridge. `bridgeHelper`: of another host, whose devices are qemu's to check.
 */
export function networkCards(
  { restrictNetwork = false, mac, hostCards = [], userNetwork = true }: Features,
  {
    forwards,
    seed,
    others = [],
    bridgeHelper,
  }: { forwards: PortForward[]; seed: string; others?: readonly NetworkDescription[]; bridgeHelper?: string | undefined },
): NetworkDescription[] {
  checkFirstCard({ mac, hostCards, userNetwork }, forwards, others.length);
  const cards: NetworkDescription[] = [
    ...(userNetwork ? [{ kind: 'user' as const, forwards, restricted: restrictNetwork }] : []),
    ...hostCards.map((card) => {
      const cardMac = derivedMac(`${seed} ${card.kind} ${card.device}`);
      return bridgeHelper === undefined ? hostNetwork(card, cardMac) : uncheckedNetwork(card, cardMac, bridgeHelper);
    }),
    ...others,
  ];
  return mac === undefined ? cards : cards.map((card, i) => (i === 0 ? { ...card, mac } : card));
}

function uncheckedNetwork({ kind, device }: HostCard, mac: string, helper: string): NetworkDescription {
  return kind === 'bridge' ? { kind, bridge: device, helper, mac } : { kind, device, mac };
}

/** Throws `vm/no-first-card`, `vm/no-user-network`. */
export function checkFirstCard(
  { mac, hostCards = [], userNetwork = true }: Features,
  forwards: readonly PortForward[],
  others: number,
): void {
  if (userNetwork) return;
  if (forwards.length > 0)
    throw new BootflakeError({
      code: 'vm/no-user-network',
      message: `port ${forwards[0]!.host} would be forwarded by qemu's own network, which the machine does not have`,
      hint: 'Omit the forward, or --no-user-network when the machine is made.',
    });
  if (mac !== undefined && hostCards.length + others === 0)
    throw new BootflakeError({
      code: 'vm/no-first-card',
      message: `the machine has no network card that could have the MAC address ${mac}`,
      hint: 'Omit --no-user-network, or --mac.',
    });
}
