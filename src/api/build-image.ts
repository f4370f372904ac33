/** `bootflake build-image`: a configuration as an image for a kind of host, `config.system.build.images`. */
import { lstatSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { hasControls } from '../base/control-characters.ts';
import { BootflakeError } from '../base/errors.ts';
import { isFileName, shownName } from '../tree/file-name.ts';
import type { EvaluatedInstallable, FlakeSession } from '../session/session-types.ts';
import { openStore, realiseEvaluated, withFlakes, type PipelineContext } from './pipeline.ts';

export interface BuiltImage {
  /** The variant's name: `qemu-efi`. */
  variant: string;
  drvPath: string;
  /** The image's output: a store path. */
  outPath: string;
  /** The image's file (of this machine), or its output where that has none. */
  file: string;
  /** In bytes; undefined for a folder. */
  size: number | undefined;
}

/** nixos-generators' names of formats that NixOS calls otherwise. */
const olderNames = new Map(
  Object.entries({
    do: 'digital-ocean',
    gce: 'google-compute',
    'install-iso': 'iso-installer',
    qcow: 'qemu',
    'qcow-efi': 'qemu-efi',
    'sd-x86_64': 'sd-card',
  }),
);

/**
 * Builds a configuration's images of the given variants, at once. The installable is FLAKE#CONFIGURATION; without a fragment, the flake's
 * only configuration. nixos-generators' names stand for NixOS's. Throws `image/unknown-variant`, `image/bad-name`, and what
 * evaluating and building throw.
 */
export async function buildImages(context: PipelineContext, installable: string, variants: string[]): Promise<BuiltImage[]> {
  for (const variant of variants) checkName(variant);
  const store = await openStore(context);
  const evaluated = await withFlakes(context, store, async (session) => {
    const images: EvaluatedInstallable[] = [];
    for (const variant of variants) {
      const name = olderNames.get(variant) ?? variant;
      try {
        images.push(await session.evaluateInstallable(installable, `image:${name}`));
      } catch (error) {
        throw await explained(session, error, installable, name);
      }
    }
    return images;
  });
  const built = await realiseEvaluated(context, store, evaluated);
  return built.map(({ outputs, files, drvPath }, i) => {
    const { filePath } = evaluated[i]!.meta ?? {};
    const file = imageFile(Object.values(files)[0]!, typeof filePath === 'string' ? filePath : undefined);
    const found = lstatSync(file);
    return {
      variant: variants[i]!,
      drvPath: drvPath!,
      outPath: Object.values(outputs)[0]!,
      file,
      size: found.isFile() ? found.size : undefined,
    };
  });
}

/** A variant's name is a part of the names of links. Throws `image/bad-name`. */
function checkName(variant: string): void {
  if (isFileName(variant) && !hasControls(variant)) return;
  throw new BootflakeError({
    code: 'image/bad-name',
    message: `an image variant cannot be named ${shownName(variant)}, as links to images have the names of variants`,
    hint: 'Give it a name without slashes and control characters in `image.modules`.',
  });
}

/**
 * The image's file, or its folder. An output may be the file. Some of nixpkgs' modules name a file with another ending than their
 * function gives it (raw instead of img, vpc instead of vhd): then the file counts that has the name before it, if it is the only one.
 */
function imageFile(folder: string, path: string | undefined): string {
  if (path === undefined || !isInside(path)) return folder;
  if (!lstatSync(folder).isDirectory()) return folder;
  const file = join(folder, path);
  if (lstatSync(file, { throwIfNoEntry: false })) return file;
  const stem = `${basename(path).replace(/\.\w+$/, '')}.`;
  const named = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.startsWith(stem));
  return named.length === 1 ? join(folder, named[0]!.name) : folder;
}

/** A configuration may say anything. */
function isInside(path: string): boolean {
  return path !== '' && path.split('/').every((part) => part !== '..' && part !== '') && !path.includes('\0');
}

/** Returns the names of the variants that a configuration has, sorted. Throws `image/no-variants`. */
export async function imageVariants(context: PipelineContext, installable: string): Promise<string[]> {
  const store = await openStore(context);
  return withFlakes(context, store, async (session) => session.imageVariants(installable));
}

/** A variant that is missing, with those that are there. */
async function explained(session: FlakeSession, error: unknown, installable: string, variant: string): Promise<unknown> {
  if (!(error instanceof BootflakeError) || error.code !== 'flake/missing-attribute') return error;
  const names = await session.imageVariants(installable).catch(() => undefined);
  if (names === undefined || names.includes(variant)) return error;
  return new BootflakeError({
    code: 'image/unknown-variant',
    message: `there is no image variant '${variant}'`,
    hint: `Use one of: ${names.join(', ')}`,
    cause: error,
  });
}

/** Links one image's output as `outLink`, several as `outLink-VARIANT`. */
export async function linkImages(context: PipelineContext, built: BuiltImage[], outLink: string): Promise<void> {
  const store = await openStore(context);
  for (const { variant, outPath } of built)
    store.addIndirectRoot(resolve(context.cwd, built.length === 1 ? outLink : `${outLink}-${variant}`), outPath);
}
