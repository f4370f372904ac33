/** Console output of boots that will not reach a login: waiting for the prompt would only hide the reason. */
import type { BootflakeError } from '../base/errors.ts';
import type { SerialConsole } from './console.ts';

interface BootFailure {
  /** Its first group, if any, is part of the message. */
  shown: RegExp;
  code: string;
  message: string;
  hint: string;
}

/** The drivers of the disk of our machines. */
export const diskDrivers = ['virtio_pci', 'virtio_blk'];
export const diskDriverHint =
  'Build the image with imports = [ "${modulesPath}/profiles/qemu-guest.nix" ], which puts them into the initrd.';

const seeSystem = 'Look at the console: bootflake run without --exec.';

const failures: BootFailure[] = [
  {
    // Only those of its own disk: additional hardware may not be needed to boot.
    shown: /stage 1: no driver in this initrd for (pci:v00001AF4\S+|virtio:\S+)/,
    code: 'vm/no-disk-driver',
    hint: diskDriverHint,
    message: `the initrd of the image lacks the drivers of its disk (${diskDrivers.join(', ')}), so its root file system is not found:`,
  },
  {
    shown: /stage 1: add boot\.shell_on_fail/,
    code: 'vm/boot-failed',
    message: 'the initrd of the guest cannot continue',
    hint: seeSystem,
  },
  {
    shown: /An error occurred in stage 1 of the boot process/,
    code: 'vm/boot-failed',
    message: "the guest's initrd does not find its root file system",
    hint: `Where virtio drivers are missing: ${diskDriverHint[0]!.toLowerCase()}${diskDriverHint.slice(1)}`,
  },
  { shown: /Kernel panic - not syncing: ([^\r\n]+)/, code: 'vm/boot-failed', message: "the guest's kernel panicked:", hint: seeSystem },
  {
    shown: /You are in emergency mode|Cannot open access to console, the root account is locked/,
    code: 'vm/boot-failed',
    message: 'the guest is in emergency mode: a file system or another unit that the boot needs has failed',
    hint: seeSystem,
  },
  {
    // Before the firmware's own shell, which is started next and waits for ever.
    shown: /BdsDxe: failed to load \S+ (?:"[^"\r\n]*" )?from \S+: (?:Access Denied|Security Violation)/,
    code: 'vm/boot-refused',
    message: 'Secure Boot refuses the boot loader of the image, which has no signature that the firmware knows',
    hint: 'Set boot.loader.grub.secureBoot.enable = true in its configuration, or use --firmware uefi.',
  },
  {
    shown: /No bootable device|Entering rescue mode|BdsDxe: No bootable option or device was found/,
    code: 'vm/boot-failed',
    message: 'the image does not boot: its boot loader is missing or does not find its files',
    hint: 'Try the other firmware: --firmware uefi or --firmware bios.',
  },
];

/** Matches the console output of any failed boot. */
export const bootFailure = new RegExp(failures.map(({ shown }) => shown.source).join('|'));

/** The error of a match of `bootFailure`. */
export function explainBootFailure(serial: SerialConsole, match: string): BootflakeError | undefined {
  for (const { shown, code, message, hint } of failures) {
    const found = shown.exec(match);
    if (found) return serial.failure(code, found[1] === undefined ? message : `${message} ${found[1]}`, hint);
  }
  return undefined;
}
