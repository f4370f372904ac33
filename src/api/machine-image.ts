/** The image of a machine: a file, or what an installable is built to. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EvaluatedInstallable } from '../session/session-types.ts';
import type { LocalStore } from '../store/local-store.ts';
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

/** Builds an installable if `target` is one. Returns the path of the image, or of the folder that holds it. */
export async function machineImage(context: PipelineContext, target: string): Promise<string> {
  if (isImage(context.cwd, target)) return resolve(context.cwd, target);
  const store = await openStore(context);
  const [evaluated] = await evaluateInstallables(context, store, [target], {}, 'build');
  return builtFolder(context, store, evaluated!);
}

/** Builds it. Returns the physical path of the folder that holds the image. */
export async function builtFolder(context: PipelineContext, store: LocalStore, evaluated: EvaluatedInstallable): Promise<string> {
  const [built] = await realiseEvaluated(context, store, [evaluated]);
  return built?.files.out as string;
}
