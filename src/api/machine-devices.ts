/** The options of `run` and `vm create` about folders, screens and TPMs. */
import { resolve } from 'node:path';
import { parseVnc } from '../vm/display.ts';
import type { OwnHardware } from '../vm/machine-options.ts';
import { parseShare } from '../vm/shares.ts';

export interface DeviceChoices {
  share?: string[] | undefined;
  vnc?: string | undefined;
  /** False hides a window that the configuration asks for. */
  graphics?: boolean | undefined;
  tpm?: boolean | undefined;
}

/** Throws `vm/bad-share`, `vm/bad-display`. */
export function readDevices(
  { share = [], vnc, graphics, tpm }: DeviceChoices,
  cwd: string,
): Pick<OwnHardware, 'shares' | 'display' | 'tpm'> {
  return {
    shares: share.map((text) => parseShare(text, cwd)),
    display:
      vnc !== undefined
        ? parseVnc(vnc, (path) => resolve(cwd, path))
        : graphics === undefined
          ? undefined
          : graphics
            ? { kind: 'window' }
            : { kind: 'none' },
    tpm,
  };
}
