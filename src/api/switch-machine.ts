/** `bootflake vm switch`: another system for a machine that runs, which gets the store paths that it lacks. */
import { BootflakeError } from '../base/errors.ts';
import { formatBytes } from '../base/format-bytes.ts';
import { packedPaths, type PackedPath } from '../remote/packed-paths.ts';
import {
  activateSystem,
  guestStore,
  incomingFolder,
  registrationName,
  sendPaths,
  switchActions,
  type GuestStore,
  type SwitchAction,
} from '../instances/guest-store.ts';
import type { Instance } from '../instances/instance.ts';
import type { Manifest } from '../instances/manifest.ts';
import { STORE_DIR } from '../nix-format/store-path.ts';
import { closureRegistration } from '../store/closure-registration.ts';
import type { LocalStore } from '../store/local-store.ts';
import { machineSource } from './create-machine.ts';
import { instancesOf, withMachine } from './instances.ts';
import { openStore, type PipelineContext } from './pipeline.ts';
import { builtSystem } from './system-of.ts';

export type { SwitchAction };

export interface SwitchRequest {
  name: string;
  /** Defaults to what the machine was made from. */
  target?: string | undefined;
  action: SwitchAction;
  /** The system before the present one, in place of `target`. */
  rollback: boolean;
  /** Milliseconds to wait for a machine that is booting. */
  timeout: number;
  /** What switch-to-configuration says. */
  onOutput(bytes: Uint8Array): void | Promise<void>;
}

export interface SwitchResult {
  /** That of switch-to-configuration: docs/switch.md. */
  status: number;
  system: string;
  /** Its number in the boot menu, where it has one. */
  generation: number | undefined;
  /** The paths that were sent, and the bytes of those of their files that the machine did not have. */
  sent: { paths: number; bytes: number };
}

/** Throws `instance/bad-action`. */
export function parseSwitchAction(text: string): SwitchAction {
  const action = switchActions.find((one) => one === text);
  if (action) return action;
  throw new BootflakeError({
    code: 'instance/bad-action',
    message: `--action is '${text}', which is no action`,
    hint: `Use one of: ${switchActions.join(', ')}`,
  });
}

/**
 * Builds the system, sends what the machine lacks, and has it switch. Throws `instance/no-system`, `instance/foreign-system`,
 * `instance/not-running`, `instance/not-switchable`, `instance/guest-full`, `instance/switch-failed`, `instance/no-generation`, and what
 * the build throws.
 */
export async function switchMachine(context: PipelineContext, request: SwitchRequest): Promise<SwitchResult> {
  const { name, rollback } = request;
  const named = await instancesOf(context).get(name);
  // Known before minutes of a build.
  await named.requireRunning();
  const target = request.target ?? (await named.manifest()).source;
  const store = await openStore(context);
  const system = rollback ? undefined : await builtSystem(context, store, target);
  return withMachine(context, name, async (instance) => {
    const open = { timeout: request.timeout, signal: context.signal };
    const sent = system === undefined ? { paths: 0, bytes: 0 } : await sendSystem(context, { instance, store, system }, open);
    const source = rollback ? undefined : machineSource(context.cwd, target);
    const { status, ...activated } = await activateNoted(instance, request, { system, source }, open);
    return { status, system: system ?? activated.system ?? '', generation: activated.generation, sent };
  });
}

/** Sends what the machine lacks of a system's closure. */
async function sendSystem(
  context: PipelineContext,
  { instance, store, system }: { instance: Instance; store: LocalStore; system: string },
  open: { timeout: number; signal: AbortSignal | undefined },
): Promise<SwitchResult['sent']> {
  const closure = store.computeClosure([system]);
  const guest = await guestStore(instance, closure, open);
  const missing = closure.filter((path) => !guest.names.has(nameOf(path)) || guest.invalid.has(path));
  if (missing.length === 0) return { paths: 0, bytes: 0 };
  const infos = missing.map((path) => store.queryPathInfo(path)!);
  const archive = packedPaths({
    paths: missing.map((path) => packed(store, path)),
    present: relatives(store, missing, guest),
    folder: incomingFolder,
    files: guest.hasNix ? { [registrationName]: closureRegistration(infos) } : {},
  });
  const { bytes } = archive;
  if (guest.space !== undefined && guest.space < bytes) throw guestFull(instance, guest.space, bytes);
  context.onNote(`sending ${missing.length} of ${closure.length} store paths to '${instance.name}' (${formatBytes(bytes)})`);
  await sendPaths(instance, system, archive.pieces(), open);
  return { paths: missing.length, bytes };
}

/** Paths that the machine and our store have, of the same names as those that are missing: most files of a merged tree are the same. */
function relatives(store: LocalStore, missing: readonly string[], guest: GuestStore): PackedPath[] {
  const titles = new Set(missing.map((path) => titleOf(nameOf(path))));
  return [...guest.names]
    .filter((name) => titles.has(titleOf(name)))
    .map((name) => `${STORE_DIR}/${name}`)
    .filter((path) => !guest.invalid.has(path) && !missing.includes(path) && store.isValidPath(path))
    .slice(0, mostRelatives)
    .map((path) => packed(store, path));
}

/** Each is read as a whole. */
const mostRelatives = 20;

function packed(store: LocalStore, path: string): PackedPath {
  return { name: nameOf(path), place: store.realPath(path) };
}

function nameOf(path: string): string {
  return path.slice(STORE_DIR.length + 1);
}

/** The name without its hash. */
function titleOf(name: string): string {
  return name.slice(33);
}

/** Notes the system before it is the default of the boot menu, so that none is that is not noted; and takes the note back if it is not. */
async function activateNoted(
  instance: Instance,
  { action, onOutput }: SwitchRequest,
  { system, source }: { system: string | undefined; source: string | undefined },
  open: { timeout: number; signal: AbortSignal | undefined },
) {
  const { switched: before, ...manifest } = await instance.manifest();
  const note = (switched: Manifest['switched']) => instance.writeManifest({ ...manifest, ...(switched && { switched }) });
  const lasts = action === 'switch' || action === 'boot';
  if (lasts && system !== undefined) await note({ system, ...(source !== undefined && { source }) });
  try {
    const activated = await activateSystem(instance, { system, action, onOutput }, open);
    if (!lasts) return activated;
    const { status, system: now = system, imageSystem } = activated;
    if (notDone.has(status)) await note(before);
    else if (now !== undefined && now === imageSystem) await note(undefined);
    else if (now !== undefined && system === undefined) await note({ system: now });
    return activated;
  } catch (error) {
    // What the guest has refused: after anything else, it may go on.
    if (lasts && error instanceof BootflakeError && /^instance\/(?:no-generation|switch-failed)$/.test(error.code)) await note(before);
    throw error;
  }
}

/** Statuses after which the default of the boot menu is what it was: a refusal, and where the program cannot be executed. */
const notDone = new Set([1, 126, 127]);

function guestFull({ name }: Instance, space: number, bytes: number): BootflakeError {
  return new BootflakeError({
    code: 'instance/guest-full',
    message: `the machine '${name}' has ${formatBytes(space)} left for its store, and the files that it lacks are ${formatBytes(bytes)}`,
    hint: `Remove files in it, or replace its system with a new image: bootflake vm update ${name}`,
  });
}
