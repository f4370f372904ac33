import { BootflakeError } from '../base/errors.ts';
import { copyFile, fileExists } from '../system/file-operations.ts';

/** `secure-boot`: UEFI that starts only what has a signature by one of the keys in its variables, Microsoft's at first. */
export const firmwareKinds = ['bios', 'uefi', 'secure-boot'] as const;

export type FirmwareKind = (typeof firmwareKinds)[number];

export type FirmwareFiles =
  | { kind: 'bios' }
  | {
      kind: 'uefi' | 'secure-boot';
      /** Read-only. */
      code: string;
      /** The machine's own variables, which it writes; with `throwAway` qemu keeps what it writes elsewhere. */
      variables: string;
      throwAway?: boolean;
    };

/** Where distributions keep OVMF: code and the template of its variables, below `/` or below a tree of packages. */
const places: [code: string, variables: string][] = [
  ['usr/share/OVMF/OVMF_CODE_4M.fd', 'usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['usr/share/OVMF/OVMF_CODE.fd', 'usr/share/OVMF/OVMF_VARS.fd'],
  ['usr/share/edk2/x64/OVMF_CODE.4m.fd', 'usr/share/edk2/x64/OVMF_VARS.4m.fd'],
  ['usr/share/edk2-ovmf/x64/OVMF_CODE.fd', 'usr/share/edk2-ovmf/x64/OVMF_VARS.fd'],
  ['usr/share/edk2/ovmf/OVMF_CODE.fd', 'usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['usr/share/qemu/ovmf-x86_64-code.bin', 'usr/share/qemu/ovmf-x86_64-vars.bin'],
  ['usr/share/qemu/edk2-x86_64-code.fd', 'usr/share/qemu/edk2-i386-vars.fd'],
  ['opt/homebrew/share/qemu/edk2-x86_64-code.fd', 'opt/homebrew/share/qemu/edk2-i386-vars.fd'],
  ['usr/local/share/qemu/edk2-x86_64-code.fd', 'usr/local/share/qemu/edk2-i386-vars.fd'],
];

/** The same with the keys of Microsoft in its variables, which only its code in system management mode can write. */
const securePlaces: typeof places = [
  ['usr/share/OVMF/OVMF_CODE_4M.secboot.fd', 'usr/share/OVMF/OVMF_VARS_4M.ms.fd'],
  ['usr/share/OVMF/OVMF_CODE.secboot.fd', 'usr/share/OVMF/OVMF_VARS.ms.fd'],
  ['usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', 'usr/share/edk2/ovmf/OVMF_VARS.secboot.fd'],
  ['usr/share/OVMF/OVMF_CODE.secboot.fd', 'usr/share/OVMF/OVMF_VARS.secboot.fd'],
  ['usr/share/qemu/ovmf-x86_64-smm-ms-code.bin', 'usr/share/qemu/ovmf-x86_64-smm-ms-vars.bin'],
];

/** All paths of firmware that may be on a host. */
export const firmwarePlaces: readonly string[] = [...new Set([...places, ...securePlaces].flat())].map((file) => `/${file}`);

/** OVMF below one of the folders; undefined when none of them has it. `exists` defaults to the files of this host. */
export function findUefi(
  folders: readonly string[],
  kind: 'uefi' | 'secure-boot' = 'uefi',
  exists: (path: string) => boolean = fileExists,
): { code: string; variables: string } | undefined {
  for (const folder of folders) {
    const prefix = folder.replace(/\/+$/, '');
    const found = (kind === 'uefi' ? places : securePlaces).find((files) => files.every((file) => exists(`${prefix}/${file}`)));
    if (found) return { code: `${prefix}/${found[0]}`, variables: `${prefix}/${found[1]}` };
  }
  return undefined;
}

/**
 * The files of a machine's firmware: for UEFI its code, and the machine's own variables in the file `variables`, made if it is missing.
 * `tree` is searched where the folders have no UEFI. Throws `vm/no-uefi`.
 */
export async function prepareFirmware(
  kind: FirmwareKind,
  folders: readonly string[],
  { variables, tree }: { variables: string; tree: (() => Promise<string>) | undefined },
): Promise<FirmwareFiles> {
  if (kind === 'bios') return { kind };
  const found = findUefi(folders, kind) ?? (tree && findUefi([await tree()], kind));
  if (!found) throw noUefi(kind);
  if (!fileExists(variables)) copyFile(found.variables, variables);
  return { kind, code: found.code, variables };
}

/** Throws `vm/bad-firmware`. */
export function parseFirmware(text: string): FirmwareKind {
  const kind = firmwareKinds.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new BootflakeError({
    code: 'vm/bad-firmware',
    message: `there is no firmware '${text}'`,
    hint: 'Use --firmware bios, --firmware uefi or --firmware secure-boot.',
  });
}

export function noUefi(kind: FirmwareKind): BootflakeError {
  const isSecure = kind === 'secure-boot';
  return new BootflakeError({
    code: 'vm/no-uefi',
    message: `no UEFI firmware (OVMF)${isSecure ? ' with Secure Boot and its keys' : ''} was found on this machine`,
    hint: isSecure
      ? "Install your distribution's package of it (Debian: ovmf), or boot with --firmware uefi."
      : "Install your distribution's package of it (Debian: ovmf), or boot with --firmware bios: the image carries both boot loaders.",
  });
}
