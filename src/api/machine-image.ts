/** The image of a machine: a file, or what an installable is built to. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EvaluatedInstallable } from '../session/session-types.ts';
import { readSettings } from '../settings/settings.ts';
import type { LocalStore } from '../store/local-store.ts';
import { machineOptions, noMachineOptions, type MachineOptions } from '../vm/machine-options.ts';
import { evaluateInstallables, openStore, realiseEvaluated, type PipelineContext } from './pipeline.ts';

/**
 * True for a file or a result link; a folder with a flake.nix is an installable. A name that ends like an image's is one even if missing,
 * as no flake id does.
 */
export function isImage(cwd: string, target: string): boolean {
  if (target.includes('#') || target === '.') return false;
  const path = resolve(cwd, target);
  return existsSync(path) ? !existsSync(resolve(path, 'flake.nix')) : /\.(?:qcow2|img|raw|vmdk|vdi|vhdx?)$/.test(target);
}

/** Throws `vm/bad-machine-options`, `vm/options-not-accepted`. */
export function describedMachine(context: PipelineContext, { installable, machine }: EvaluatedInstallable): MachineOptions {
  return machineOptions(machine, { installable, acceptAll: readSettings(context.flake, context.env).acceptFlakeConfig });
}

/** An image, or the folder that holds it, and the machine that its configuration describes. */
export interface MachineImage {
  image: string;
  described: MachineOptions;
}

/** Builds an installable if `target` is one. Returns the path of the image, or of the folder that holds it, and the machine described. */
export async function machineImage(context: PipelineContext, target: string): Promise<MachineImage> {
  if (isImage(context.cwd, target)) return { image: resolve(context.cwd, target), described: noMachineOptions };
  const store = await openStore(context);
  const [evaluated] = await evaluateInstallables(context, store, [target], {}, 'machine');
  const described = describedMachine(context, evaluated!);
  return { image: await builtFolder(context, store, evaluated!), described };
}

/** Builds it. Returns the physical path of the folder that holds the image. */
export async function builtFolder(context: PipelineContext, store: LocalStore, evaluated: EvaluatedInstallable): Promise<string> {
  const [built] = await realiseEvaluated(context, store, [evaluated]);
  return built?.files.out as string;
}
