/**
 * The machine that an image's configuration describes (`virtualisation.*`; distro/nixos/lib/machine-description.nix), checked, and put
 * together with the user's own options, which come first.
 */
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { visibleLine } from '../base/control-characters.ts';
import { displaySchema, type Display } from './display.ts';
import { firmwareKinds, type FirmwareKind } from './firmware.ts';
import type { PortForward } from './forward.ts';
import { hostCardSchema, type HostCard } from './host-network.ts';
import { macSchema } from './mac-address.ts';
import { secretSchema, type Secret } from './secrets.ts';
import { allShares, shareSchema, type Share } from './shares.ts';

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));
const mebibytes = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 24));
const byteOfAddress = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
export const ipv4 = v.pipe(v.string(), v.regex(new RegExp(`^(?:${byteOfAddress}\\.){3}${byteOfAddress}$`), 'no IPv4 address'));
/** It becomes a file's name in the guest. */
const serial = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.+-]{1,20}$/, 'a serial number has at most 20 letters, digits and _.+-'));

const pixels = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16384));
export const resolution = v.object({ x: pixels, y: pixels });

export const emptyDiskSchema = v.object({
  /** MiB. */
  size: mebibytes,
  serial: v.optional(serial),
});

const line = v.pipe(v.string(), v.maxLength(2000), v.regex(/^[^\p{Cc}\s]+$/u, 'a line without spaces and control characters'));

/** Where a machine is brought, and when it counts as well there: `bootflake.deploy`. */
const deploySchema = v.object({
  /** `ssh://user@host:port`. */
  host: v.nullable(line),
  name: v.nullable(line),
  /** Seconds. */
  timeout: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(86_400)),
  /** A script of sh for the guest; '' is none. */
  check: v.pipe(v.string(), v.maxLength(1 << 20)),
  url: v.nullable(line),
  autostart: v.boolean(),
});

export type DeployOptions = v.InferOutput<typeof deploySchema>;

const optionsSchema = v.object({
  schema: v.literal(1),
  /** MiB. */
  memory: v.nullable(mebibytes),
  cores: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255))),
  /** MiB. */
  diskSize: v.nullable(mebibytes),
  disks: v.pipe(v.array(emptyDiskSchema), v.maxLength(20)),
  forwards: v.pipe(v.array(v.object({ protocol: v.picklist(['tcp', 'udp']), address: ipv4, host: port, guest: port })), v.maxLength(1000)),
  restrictNetwork: v.boolean(),
  firmware: v.nullable(v.picklist(firmwareKinds)),
  shares: v.pipe(v.array(shareSchema), v.maxLength(50)),
  graphics: v.boolean(),
  resolution: v.nullable(resolution),
  tpm: v.boolean(),
  qemuArguments: v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.check((word) => !word.includes('\0'), 'an argument has a NUL byte'),
      ),
    ),
    v.maxLength(1000),
  ),
  deploy: v.optional(v.nullable(deploySchema), null),
});

export type MachineOptions = v.InferOutput<typeof optionsSchema>;

/** Of an image that describes no machine. */
export const noMachineOptions: MachineOptions = {
  schema: 1,
  memory: null,
  cores: null,
  diskSize: null,
  disks: [],
  forwards: [],
  restrictNetwork: false,
  firmware: null,
  shares: [],
  graphics: false,
  resolution: null,
  tpm: false,
  qemuArguments: [],
  deploy: null,
};

/** What evaluating an installable says of the machine. */
export interface DescribedMachine {
  /** Unchecked. */
  options: unknown;
  /** Whether its flake is in files of this machine. */
  isLocal: boolean;
}

/**
 * The options that an installable describes. Those that let a machine use this one are taken from files of this machine, and from other
 * flakes only where the user accepts what they want. Throws `vm/bad-machine-options`, `vm/options-not-accepted`.
 */
export function machineOptions(
  described: DescribedMachine | undefined,
  { installable, acceptAll }: { installable: string; acceptAll: boolean },
): MachineOptions {
  if (described === undefined) return noMachineOptions;
  const parsed = v.safeParse(optionsSchema, described.options);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new BootflakeError({
      code: 'vm/bad-machine-options',
      message: visibleLine(`'${installable}' describes no machine: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`),
      hint: 'Correct its options virtualisation.*',
    });
  }
  const options = parsed.output;
  if (!described.isLocal && !acceptAll && options.qemuArguments.length + options.shares.length > 0) throw notAccepted(installable, options);
  return options;
}

function notAccepted(installable: string, { qemuArguments, shares }: MachineOptions): BootflakeError {
  const wanted = [
    ...shares.map(({ source }) => `the folder ${source}`),
    ...(qemuArguments.length > 0 ? [`the arguments of qemu ${qemuArguments.join(' ')}`] : []),
  ];
  return new BootflakeError({
    code: 'vm/options-not-accepted',
    message: visibleLine(`'${installable}' is a flake of someone else, and its machine wants of this one: ${wanted.join(', ')}`),
    hint: 'Pass --accept-flake-config if you would let a program of that flake run.',
  });
}

/**
 * Where an installable is to be deployed. What leads out of the machine is taken from files of this one, and from other flakes only where
 * the user says it, too (`own`), or accepts it. Throws `vm/options-not-accepted`.
 */
export function acceptedDeploy(
  { deploy }: MachineOptions,
  { installable, isLocal, acceptAll, own }: { installable: string; isLocal: boolean; acceptAll: boolean; own: Partial<DeployOptions> },
): Partial<DeployOptions> {
  const wanted = (['host', 'name', 'url'] as const).filter((key) => (deploy?.[key] ?? null) !== null && own[key] === undefined);
  if (isLocal || acceptAll || wanted.length === 0) return { ...deploy };
  throw new BootflakeError({
    code: 'vm/options-not-accepted',
    message: visibleLine(
      `'${installable}' is a flake of someone else, and says where it is deployed: ` +
        wanted.map((key) => `${key} ${deploy![key]}`).join(', '),
    ),
    hint: `Say it yourself (${wanted.map((key) => `--${key}`).join(', ')}), or pass --accept-flake-config.`,
  });
}

/** What the user says about a machine. */
export interface OwnHardware {
  /** As in qemu's -m. */
  memory?: string | undefined;
  processors?: number | undefined;
  /** Bytes. */
  diskSize?: number | undefined;
  firmware?: FirmwareKind | undefined;
  forwards: PortForward[];
  shares?: Omit<Share, 'tag'>[] | undefined;
  secrets?: Secret[] | undefined;
  display?: Display | undefined;
  tpm?: boolean | undefined;
  /** The MAC address of the first card. */
  mac?: string | undefined;
  hostCards?: HostCard[] | undefined;
  /** False leaves out qemu's own network, and its card. */
  userNetwork?: boolean | undefined;
  qemuArguments: string[];
}

/** What becomes part of `features`. */
type OwnFeature = 'shares' | 'secrets' | 'display' | 'tpm' | 'mac' | 'hostCards' | 'userNetwork';

export interface Hardware extends Omit<OwnHardware, OwnFeature> {
  firmware: FirmwareKind;
  features: MachineFeatures;
}

/** Devices that few machines have. */
export const featuresSchema = v.object({
  /** Disks that are empty at first. */
  emptyDisks: v.optional(v.array(emptyDiskSchema)),
  restrictNetwork: v.optional(v.boolean()),
  shares: v.optional(v.array(shareSchema)),
  /** Files that are read at each start. */
  secrets: v.optional(v.array(secretSchema)),
  display: v.optional(displaySchema),
  resolution: v.optional(resolution),
  tpm: v.optional(v.boolean()),
  mac: v.optional(macSchema),
  /** On networks of the host. */
  hostCards: v.optional(v.array(hostCardSchema)),
  userNetwork: v.optional(v.literal(false)),
});

export type MachineFeatures = v.InferOutput<typeof featuresSchema>;

/** What the user says, else what the configuration does. Forwards of both count; the user's replaces one of the same port. */
export function completeHardware(own: OwnHardware, options: MachineOptions): Hardware {
  const { memory, cores, diskSize, firmware, forwards, qemuArguments } = options;
  const replaced = (theirs: PortForward) =>
    own.forwards.some(({ protocol, host, guest }) => protocol === theirs.protocol && (host === theirs.host || guest === theirs.guest));
  return {
    memory: own.memory ?? (memory === null ? undefined : `${memory}M`),
    processors: own.processors ?? cores ?? undefined,
    diskSize: own.diskSize ?? (diskSize === null ? undefined : diskSize * 2 ** 20),
    firmware: own.firmware ?? firmware ?? 'bios',
    forwards: [...own.forwards, ...forwards.filter((each) => !replaced(each))],
    qemuArguments: [...qemuArguments, ...own.qemuArguments],
    features: featuresOf(own, options),
  };
}

function featuresOf(own: OwnHardware, options: MachineOptions): MachineFeatures {
  const { disks, restrictNetwork, graphics, resolution: size } = options;
  const shares = allShares(options.shares, own.shares ?? []);
  const display = own.display ?? (graphics ? { kind: 'window' as const } : undefined);
  const tpm = own.tpm ?? options.tpm;
  return {
    ...(disks.length > 0 && { emptyDisks: disks }),
    ...(restrictNetwork && { restrictNetwork }),
    ...(shares.length > 0 && { shares }),
    ...(own.secrets?.length && { secrets: own.secrets }),
    ...(display && { display }),
    ...(size && { resolution: size }),
    ...(tpm && { tpm }),
    ...(own.mac !== undefined && { mac: own.mac }),
    ...(own.hostCards?.length && { hostCards: own.hostCards }),
    ...(own.userNetwork === false && { userNetwork: false as const }),
  };
}
