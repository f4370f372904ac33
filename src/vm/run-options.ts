/** The options of `bootflake run`, checked before an image is built, which may take minutes. */
import { dirname } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { fileFacts } from '../system/file-operations.ts';
import { hostCores } from '../system/host-cores.ts';
import { parseFirmware } from './firmware.ts';
import { parseForward } from './forward.ts';
import type { GuestTerminal } from './guest-terminal.ts';
import { completeHardware, noMachineOptions, type Hardware, type MachineOptions, type OwnHardware } from './machine-options.ts';
import { checkFirstCard } from './network-cards.ts';
import { checkSecrets } from './secrets.ts';
import { checkShares } from './shares.ts';
import { parseSize } from './size.ts';

/** The user's options as typed. */
export interface RunChoices {
  /** As in qemu's `-m`. The default depends on the host's memory. */
  memory?: string | undefined;
  smp?: number | undefined;
  disk?: string | undefined;
  diskSize?: string | undefined;
  forwards: string[];
  /** Defaults to the image's, else to `bios`. */
  firmware?: string | undefined;
  accel: string;
  exec?: string | undefined;
  user?: string | undefined;
  password: string;
  timeoutSeconds?: number | undefined;
  dryRun: boolean;
  qemuArguments: string[];
  shares?: OwnHardware['shares'];
  secrets?: OwnHardware['secrets'];
  display?: OwnHardware['display'];
  /** Defaults to the image's. */
  tpm?: boolean | undefined;
  mac?: OwnHardware['mac'];
  hostCards?: OwnHardware['hostCards'];
  userNetwork?: OwnHardware['userNetwork'];
  /** The machine of the image's configuration. Defaults to none. */
  described?: MachineOptions | undefined;
  /** A line on standard output. */
  print(line: string): void;
  /** The terminal of the console without `exec`. */
  console: GuestTerminal;
  /** The input of `exec`'s command. */
  input: AsyncIterable<Uint8Array>;
  /** Receives its output in pieces. */
  onOutput(bytes: Uint8Array): void;
  onErrorOutput(bytes: Uint8Array): void;
}

/** Those that describe the machine. */
export type HardwareChoices = Pick<
  RunChoices,
  | 'memory'
  | 'smp'
  | 'diskSize'
  | 'forwards'
  | 'firmware'
  | 'shares'
  | 'secrets'
  | 'display'
  | 'tpm'
  | 'mac'
  | 'hostCards'
  | 'userNetwork'
  | 'qemuArguments'
>;

export interface CheckedChoices extends Hardware {
  /** Milliseconds. */
  timeout: number | undefined;
}

/** Throws `vm/bad-firmware`, `vm/bad-forward`, `vm/bad-processors`, `vm/bad-secret`, `vm/bad-size`, `vm/bad-timeout`, `vm/no-folder`. */
export function checkChoices(choices: RunChoices): CheckedChoices {
  const { disk, timeoutSeconds, described = noMachineOptions } = choices;
  const hardware = completeHardware(checkHardware(choices), described);
  checkShares(hardware.features.shares ?? []);
  checkSecrets(hardware.features.secrets ?? []);
  checkFirstCard(hardware.features, hardware.forwards, 0);
  if (disk !== undefined && fileFacts(dirname(disk))?.type !== 'directory') {
    throw new BootflakeError({
      code: 'vm/no-folder',
      message: `the disk '${disk}' cannot be made: the folder '${dirname(disk)}' does not exist`,
      hint: `Run: mkdir -p '${dirname(disk)}'`,
    });
  }
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0)) {
    throw new BootflakeError({
      code: 'vm/bad-timeout',
      message: `--timeout is a number of seconds, not '${timeoutSeconds}'`,
      hint: 'Use a number, such as --timeout 600.',
    });
  }
  return { ...hardware, timeout: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000 };
}

/** Throws `vm/bad-firmware`, `vm/bad-forward`, `vm/bad-processors`, `vm/bad-size`. */
export function checkHardware(choices: HardwareChoices): OwnHardware {
  const { memory, smp, diskSize, forwards, firmware, shares, secrets, display, tpm, mac, hostCards, userNetwork, qemuArguments } = choices;
  if (memory !== undefined) parseSize(memory, 'M');
  if (smp !== undefined) processorsFor(smp);
  return {
    memory,
    firmware: firmware === undefined ? undefined : parseFirmware(firmware),
    forwards: forwards.map(parseForward),
    processors: smp,
    diskSize: diskSize === undefined ? undefined : parseSize(diskSize, 'M'),
    shares,
    secrets,
    display,
    tpm,
    mac,
    hostCards,
    userNetwork,
    qemuArguments,
  };
}

/** `cores`: of the host; defaults to this one's. Throws `vm/bad-processors`. */
export function processorsFor(smp: number | undefined, cores?: number): number {
  if (smp === undefined) return Math.min(2, cores ?? hostCores());
  if (Number.isInteger(smp) && smp >= 1 && smp <= 255) return smp;
  throw new BootflakeError({
    code: 'vm/bad-processors',
    message: Number.isNaN(smp) ? 'the number of processors is not a number' : `a machine cannot have ${smp} processors`,
    hint: 'Use a positive number: --smp 2.',
  });
}
