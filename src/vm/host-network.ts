/** Cards of a machine on networks of its host, where the host permits that: bridges, by qemu's bridge helper, and taps. */
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { fileFacts, readText } from '../system/file-operations.ts';
import { hostPlatform, ownGroupIds, ownUserId } from '../system/host-platform.ts';
import type { NetworkDescription } from './qemu-arguments.ts';

/** A network interface's name on Linux; no character of it has a meaning for qemu or in a path. */
const interfaceName = v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,15}$/, 'no name of a network interface'));

export const hostCardSchema = v.object({
  kind: v.picklist(['bridge', 'tap']),
  /** The bridge's or the tap's name. */
  device: interfaceName,
});

export type HostCard = v.InferOutput<typeof hostCardSchema>;

/** Throws `vm/bad-network-device`. */
export function parseHostCard(kind: HostCard['kind'], text: string): HostCard {
  const card = v.safeParse(hostCardSchema, { kind, device: text });
  if (card.success) return card.output;
  throw new BootflakeError({
    code: 'vm/bad-network-device',
    message: `'${text}' cannot be the name of a ${kind}`,
    hint: 'Use the name of one that this host has: ip -br link',
  });
}

/** What decides over a user's rights. */
export interface NetworkHost {
  system: string;
  userId: number;
  groupIds: number[];
  /** The kernel's folder of network interfaces. */
  interfaces: string;
  /** Where qemu's bridge helper may be. */
  helpers: string[];
  /** The bridge helper's file of permissions. */
  permissions: string;
}

function thisHost(): NetworkHost {
  return {
    system: hostPlatform().system,
    userId: ownUserId(),
    groupIds: ownGroupIds(),
    interfaces: '/sys/class/net',
    helpers: ['/usr/lib/qemu', '/usr/libexec', '/usr/local/libexec'].map((folder) => `${folder}/qemu-bridge-helper`),
    permissions: '/etc/qemu/bridge.conf',
  };
}

/**
 * What qemu is given for a card. Throws `vm/no-bridge`, `vm/bridge-not-permitted`, `vm/no-tap`, `vm/tap-not-permitted`. `host` defaults to
 * this one.
 */
export function hostNetwork({ kind, device }: HostCard, mac: string, host: NetworkHost = thisHost()): NetworkDescription {
  if (host.system !== 'linux')
    throw new BootflakeError({
      code: `vm/no-${kind}`,
      message: `'${device}' cannot be used: only Linux has a ${kind}`,
      hint: `Omit --${kind}.`,
    });
  if (kind === 'bridge') return { kind, bridge: device, helper: bridgeHelper(device, host), mac };
  checkTap(device, host);
  return { kind, device, mac };
}

/** Finds the program that may connect to the bridge for a user. */
function bridgeHelper(bridge: string, { interfaces, helpers, permissions, userId }: NetworkHost): string {
  if (!fileFacts(`${interfaces}/${bridge}/bridge`))
    throw new BootflakeError({
      code: 'vm/no-bridge',
      message: `this host has no bridge '${bridge}'`,
      hint: `Make it: sudo ip link add ${bridge} type bridge && sudo ip link set ${bridge} up`,
    });
  const helper = helpers.find((file) => fileFacts(file));
  if (helper === undefined)
    throw notPermitted(bridge, 'qemu-bridge-helper is missing', "Install your distribution's qemu (Debian: qemu-system-common).");
  if (userId !== 0 && (fileFacts(helper)!.mode & 0o4000) === 0)
    throw notPermitted(bridge, `'${helper}' does not run as root`, `Run: sudo chmod u+s ${helper}`);
  if (permits(rulesText(permissions), bridge)) return helper;
  throw notPermitted(
    bridge,
    `'${permissions}' does not allow it`,
    `Run: sudo mkdir -p /etc/qemu && echo 'allow ${bridge}' | sudo tee -a ${permissions}`,
  );
}

/** A file that we may not read, or that includes others, is the helper's to decide on. */
function rulesText(file: string): string {
  try {
    return readText(file) ?? '';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return 'include';
    throw error;
  }
}

function permits(rules: string, bridge: string): boolean {
  const lines = rules.split('\n').map((line) => line.trim().split(/\s+/));
  const concerns = (name: string | undefined) => name === 'all' || name === bridge;
  const isDenied = lines.some(([verb, name]) => verb === 'deny' && concerns(name));
  return !isDenied && lines.some(([verb, name]) => verb === 'include' || (verb === 'allow' && concerns(name)));
}

function notPermitted(bridge: string, why: string, hint: string): BootflakeError {
  return new BootflakeError({
    code: 'vm/bridge-not-permitted',
    message: `you may not connect machines to the bridge '${bridge}': ${why}`,
    hint,
  });
}

/** Of Linux's if_tun.h. */
const isTap = 2;

function checkTap(device: string, { interfaces, userId, groupIds }: NetworkHost): void {
  const number = (name: string) => Number(readText(`${interfaces}/${device}/${name}`) ?? -1);
  const flags = readText(`${interfaces}/${device}/tun_flags`);
  const make = `sudo ip tuntap add ${device} mode tap user "$USER" && sudo ip link set ${device} up`;
  if (flags === undefined || (Number(flags) & isTap) === 0)
    throw new BootflakeError({ code: 'vm/no-tap', message: `this host has no tap '${device}'`, hint: `Make it: ${make}` });
  const [owner, group] = [number('owner'), number('group')];
  // As the kernel has it: with both, both have to match; with neither, it is every user's.
  if (userId === 0 || ((owner === -1 || owner === userId) && (group === -1 || groupIds.includes(group)))) return;
  throw new BootflakeError({
    code: 'vm/tap-not-permitted',
    message: `you may not use the tap '${device}', which is ${owner === -1 ? `of group ${group}` : `of user ${owner}`}`,
    hint: `Make it anew for yourself: sudo ip link delete ${device} && ${make}`,
  });
}
