/** What a machine with a name consists of: `machine.json` in its folder. */
import { basename } from 'node:path';
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { stateFacts } from '../vm/image-facts.ts';
import { firmwareKinds } from '../vm/firmware.ts';
import { macSchema } from '../vm/mac-address.ts';
import { featuresSchema, ipv4 } from '../vm/machine-options.ts';
import { besideName } from '../system/beside-name.ts';
import type { MachineHost } from './host/machine-host.ts';
import { networkName } from './network/network-address.ts';

/** Increased when an older bootflake would misread the file. Since 2 there are data disks, since 3 networks. */
const schemaVersion = 3;

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

/** The serial number of a further disk, which is not that of the data disk. */
export const diskName = /^(?!bootflake-state$)[a-z0-9][a-z0-9-]{0,19}$/;

/** A system that `vm switch` has made the default of the boot menu, on the system disk. */
export const switchedSystem = v.object({
  system: v.pipe(v.string(), v.regex(/^\/nix\/store\/[0-9a-z]{32}-[0-9A-Za-z+._?=-]{1,211}$/)),
  /** An installable with an absolute path; undefined for one that was brought back. */
  source: v.optional(v.string()),
});

const manifestSchema = v.object({
  schema: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(schemaVersion)),
  name: v.string(),
  /** ISO 8601. */
  created: v.string(),
  /** What it was made from, for `vm update`: an installable with an absolute path, or an image's path. */
  source: v.string(),
  /** The image under the system disk. */
  image: v.string(),
  /** The image's first normal user. */
  user: v.optional(v.string()),
  /** Whether the image's guest tells its host how it is. */
  health: v.optional(v.boolean()),
  /** What that image keeps on the disk `state.qcow2`. Without it there is no such disk. */
  state: v.optional(stateFacts),
  /** What is started in place of the image's system. An older bootflake, which leaves it out, goes by the image. */
  switched: v.optional(switchedSystem),
  /** The system before the last update: what `previous-system.qcow2` lies over. */
  previous: v.optional(
    v.object({
      source: v.string(),
      image: v.string(),
      user: v.optional(v.string()),
      health: v.optional(v.boolean()),
      state: v.optional(stateFacts),
      switched: v.optional(switchedSystem),
      /** The file with the state as it was then. */
      stateSnapshot: v.optional(v.pipe(v.string(), v.regex(/^state-\d{1,6}\.qcow2$/))),
    }),
  ),
  /** Further disks, by the serial number with which the guest finds them, in the order of their making. */
  disks: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(diskName))),
      v.check((names: string[]) => new Set(names).size === names.length, 'the same disk twice'),
    ),
    [],
  ),
  /** As in qemu's -m. Defaults to a share of the host's at each start. */
  memory: v.optional(v.string()),
  processors: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255))),
  firmware: v.picklist(firmwareKinds),
  accelerator: v.picklist(['auto', 'kvm', 'hvf', 'tcg']),
  forwards: v.array(v.object({ address: v.pipe(v.string(), v.ipv4()), host: port, guest: port, protocol: v.picklist(['tcp', 'udp']) })),
  /** Started with the host. */
  autostart: v.boolean(),
  /** Arguments of qemu, of the configuration and the user's own. */
  qemuArguments: v.array(v.string()),
  features: v.optional(featuresSchema),
  /** Private networks that it is on, in the order of its cards. */
  networks: v.optional(v.array(v.object({ name: v.pipe(v.string(), v.regex(networkName)), mac: macSchema, address: ipv4 }))),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;

export const manifestName = 'machine.json';

/** Throws `instance/bad-manifest`, `instance/newer-manifest`; returns undefined when there is none. It may have been edited by hand. */
export async function readManifest(host: MachineHost, folder: string): Promise<Manifest | undefined> {
  const file = `${folder}/${manifestName}`;
  const bytes = await host.readBytes(file);
  if (bytes === undefined) return undefined;
  const text = Buffer.from(bytes).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badManifest(file, (error as Error).message);
  }
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (typeof schema === 'number' && schema > schemaVersion)
    throw new BootflakeError({
      code: 'instance/newer-manifest',
      message: `'${file}' was written by a newer bootflake (schema ${schema}; this one knows ${schemaVersion})`,
      hint: 'Use that bootflake, or update this one.',
    });
  const parsed = v.safeParse(manifestSchema, value);
  if (parsed.success && parsed.output.name === basename(folder)) return parsed.output;
  if (parsed.success) throw badManifest(file, `its name is '${parsed.output.name}', that of its folder '${basename(folder)}'`);
  const [issue] = parsed.issues;
  throw badManifest(file, `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
}

/** Replaces the file at once; with `name`, another file beside it. */
export async function writeManifest(
  host: MachineHost,
  folder: string,
  manifest: Omit<Manifest, 'schema'>,
  name = manifestName,
): Promise<void> {
  const file = `${folder}/${name}`;
  const temporary = besideName(file, 'tmp');
  await host.write(temporary, Buffer.from(`${JSON.stringify({ ...manifest, schema: schemaVersion }, undefined, 2)}\n`));
  await host.rename(temporary, file);
}

function badManifest(file: string, why: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/bad-manifest',
    message: `'${file}' does not describe a machine: ${why}`,
    hint: "Restore the file, or remove the machine with its disks: bootflake vm rm --force with the folder's name.",
  });
}
