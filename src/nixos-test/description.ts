/** A test as its `driver` describes it: the file test.json that distro/nixos/lib/testing makes. */
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { firmwareKinds } from '../vm/firmware.ts';
import { resolution } from '../vm/machine-options.ts';
import { shareSchema } from '../vm/shares.ts';

const storePath = v.pipe(v.string(), v.regex(/^\/nix\/store\/[0-9a-z]{32}-[\w+.?=-]+$/));
const storeFile = v.pipe(v.string(), v.regex(/^\/nix\/store\/[0-9a-z]{32}-[\w+.?=-]+(?:\/(?!\.\.?(?:\/|$))[\w+.?=-]+)+$/));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));
const mebibytes = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 24));

const nodeSchema = v.object({
  /** Also a file's name. */
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/)),
  /** The build result that holds the disk image. */
  image: storePath,
  /** The name by which the guest finds that disk. Defaults to none. */
  serial: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,20}$/))),
  /** The build result that holds a disk with the system's store, which comes after all other disks. Defaults to none. */
  store: v.optional(storePath),
  /** What qemu starts in place of a boot loader; null: the disk's. */
  kernel: v.nullable(v.object({ file: storeFile, initrd: storeFile, commandLine: v.pipe(v.string(), v.regex(/^[^\n\0]*$/)) })),
  memory: mebibytes,
  cores: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255)),
  /** eth1 and so on. */
  networks: v.pipe(
    v.array(
      v.object({
        vlan: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255)),
        mac: v.pipe(v.string(), v.regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/)),
      }),
    ),
    v.maxLength(24),
  ),
  /** Empty disks after the system's. */
  disks: v.pipe(v.array(v.object({ size: mebibytes, serial: v.optional(v.pipe(v.string(), v.maxLength(20))) })), v.maxLength(20)),
  forwards: v.array(
    v.object({ protocol: v.picklist(['tcp', 'udp']), address: v.pipe(v.string(), v.regex(/^[0-9.]+$/)), host: port, guest: port }),
  ),
  qemuArguments: v.array(v.string()),
  firmware: v.optional(v.picklist(firmwareKinds), 'bios'),
  /** Folders of this host. */
  shares: v.optional(v.pipe(v.array(shareSchema), v.maxLength(50)), []),
  tpm: v.optional(v.boolean(), false),
  restrictNetwork: v.optional(v.boolean(), false),
  /** That the screen prefers. Defaults to qemu's own. */
  resolution: v.optional(resolution),
});

const testSchema = v.object({
  schema: v.literal(1),
  name: v.string(),
  script: v.string(),
  /** Whether text on screens is recognised. */
  ocr: v.boolean(),
  /** The folder of the driver in Python. */
  driver: storePath,
  /** Seconds. */
  globalTimeout: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_000_000)),
  nodes: v.pipe(
    v.array(nodeSchema),
    v.maxLength(64),
    v.check((nodes) => new Set(nodes.map(({ name }) => name)).size === nodes.length, 'two machines have the same host name'),
  ),
});

export type TestDescription = v.InferOutput<typeof testSchema>;
export type NodeDescription = v.InferOutput<typeof nodeSchema>;

/** Throws `test/bad-description`. `file`: for the message. */
export function parseDescription(text: string, file: string): TestDescription {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badDescription(file, (error as Error).message);
  }
  const parsed = v.safeParse(testSchema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw badDescription(file, `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
}

function badDescription(file: string, why: string): BootflakeError {
  return new BootflakeError({
    code: 'test/bad-description',
    message: `'${file}' does not describe a test: ${why}`,
    hint: 'Name a test made by pkgs.testers.runNixOSTest of debian/trixie, debian/bookworm or nixpkgs.',
  });
}
