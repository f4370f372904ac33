/** The options of `run` and `vm create` about folders, secrets, screens, TPMs and network cards. */
import { resolve } from 'node:path';
import { parseVnc } from '../vm/display.ts';
import { parseMac } from '../vm/mac-address.ts';
import type { OwnHardware } from '../vm/machine-options.ts';
import { parseHostCard, type HostCard } from '../vm/host-network.ts';
import { parseSecret } from '../vm/secrets.ts';
import { parseShare } from '../vm/shares.ts';

export interface DeviceChoices {
  share?: string[] | undefined;
  secret?: string[] | undefined;
  vnc?: string | undefined;
  /** False hides a window that the configuration asks for. */
  graphics?: boolean | undefined;
  tpm?: boolean | undefined;
  mac?: string | undefined;
  bridge?: string[] | undefined;
  tap?: string[] | undefined;
  /** False leaves out qemu's own network. */
  userNetwork?: boolean | undefined;
}

/** Throws `vm/bad-share`, `vm/bad-secret`, `vm/bad-display`, `vm/bad-mac`, `vm/bad-network-device`. */
export function readDevices(
  { share = [], secret = [], vnc, graphics, tpm, mac, bridge = [], tap = [], userNetwork }: DeviceChoices,
  cwd: string,
): Pick<OwnHardware, 'shares' | 'secrets' | 'display' | 'tpm' | 'mac' | 'hostCards' | 'userNetwork'> {
  return {
    shares: share.map((text) => parseShare(text, cwd)),
    secrets: secret.map((text) => parseSecret(text, cwd)),
    display:
      vnc !== undefined
        ? parseVnc(vnc, (path) => resolve(cwd, path))
        : graphics === undefined
          ? undefined
          : graphics
            ? { kind: 'window' }
            : { kind: 'none' },
    tpm,
    mac: mac === undefined ? undefined : parseMac(mac),
    hostCards: readHostCards(bridge, tap),
    userNetwork,
  };
}

/** Bridges and taps by their names. Throws `vm/bad-network-device`. */
export function readHostCards(bridges: readonly string[] = [], taps: readonly string[] = []): HostCard[] {
  return [...bridges.map((name) => parseHostCard('bridge', name)), ...taps.map((name) => parseHostCard('tap', name))];
}
