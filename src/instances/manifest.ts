/** What a machine with a name consists of: `machine.json` in its folder. */
import fs from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { featuresSchema } from '../vm/machine-options.ts';
import { besideName } from '../system/beside-name.ts';

/** Increased when an older bootflake would misread the file. */
const schemaVersion = 1;

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

const manifestSchema = v.object({
  schema: v.literal(schemaVersion),
  name: v.string(),
  /** ISO 8601. */
  created: v.string(),
  /** What it was made from, for `vm update`: an installable with an absolute path, or an image's path. */
  source: v.string(),
  /** The image under the system disk. */
  image: v.string(),
  /** As in qemu's -m. Defaults to a share of the host's at each start. */
  memory: v.optional(v.string()),
  processors: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255))),
  firmware: v.picklist(['bios', 'uefi']),
  accelerator: v.picklist(['auto', 'kvm', 'hvf', 'tcg']),
  forwards: v.array(v.object({ address: v.string(), host: port, guest: port, protocol: v.picklist(['tcp', 'udp']) })),
  /** Started with the host. */
  autostart: v.boolean(),
  /** Arguments of qemu, of the configuration and the user's own. */
  qemuArguments: v.array(v.string()),
  features: v.optional(featuresSchema),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;

export const manifestName = 'machine.json';

/** Throws `instance/bad-manifest`, `instance/newer-manifest`; returns undefined when there is none. */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, manifestName);
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
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
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw badManifest(file, `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
}

/** Replaces the file at once. */
export function writeManifest(folder: string, manifest: Omit<Manifest, 'schema'>): void {
  const file = join(folder, manifestName);
  const temporary = besideName(file, 'tmp');
  fs.writeFileSync(temporary, `${JSON.stringify({ schema: schemaVersion, ...manifest }, undefined, 2)}\n`, { mode: 0o600 });
  fs.renameSync(temporary, file);
}

function badManifest(file: string, why: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/bad-manifest',
    message: `'${file}' does not describe a machine: ${why}`,
    hint: "Restore the file, or remove the machine with its disks: bootflake vm rm --force with the folder's name.",
  });
}
