/** Whether a derivation can be built here at all: known before anything is built. */
import { BootflakeError } from '../../base/errors.ts';
import type { Derivation } from '../../nix-format/derivation.ts';
import type { BuildSettings } from '../../settings/build-settings.ts';
import { derivationOptions } from './derivation-options.ts';

/**
 * Throws what `checkSupported` throws, `build/wrong-system`, `build/missing-features`, `build/sandbox-required` and
 * `build/impure-host-path`.
 */
export function checkHostFits(drvPath: string, drv: Derivation, settings: BuildSettings): void {
  checkSupported(drvPath, drv);
  if (drv.builder.startsWith('builtin:')) return;
  const { system, systemFeatures, sandbox } = settings;
  const options = derivationOptions(drv);
  if (!runsHere(drv, settings) && !options.onlyChecks)
    throw new BootflakeError({
      code: 'build/wrong-system',
      message: `cannot build '${drvPath}': platform mismatch: required system '${drv.system}', current system '${system}'`,
      hint: `Name a machine of that system in the setting builders, or build for this one: packages.${system}.`,
    });
  const missing = options.requiredSystemFeatures.filter((feature) => !systemFeatures.includes(feature));
  if (missing.length > 0)
    throw new BootflakeError({
      code: 'build/missing-features',
      message:
        `cannot build '${drvPath}': missing system features: required {${options.requiredSystemFeatures.join(', ')}}, ` +
        `available {${systemFeatures.join(', ')}}`,
      hint: `If this machine has them, run with: --option extra-system-features '${missing.join(' ')}'`,
    });
  if (options.noChroot && sandbox === 'true')
    throw new BootflakeError({
      code: 'build/sandbox-required',
      message: `derivation '${drvPath}' has '__noChroot' set, but that's not allowed when 'sandbox' is 'true'`,
      hint: 'If you trust it, run with: --option sandbox relaxed',
    });
  const [path] = options.impureHostDeps;
  if (path !== undefined)
    throw new BootflakeError({
      code: 'build/impure-host-path',
      message: `derivation '${drvPath}' requested impure path '${path}', but builders see no files of the host`,
      hint: 'Remove `__impureHostDeps`, or show the file to all builders with the setting extra-sandbox-paths.',
    });
}

/** Whether this machine runs programs of the derivation's system. */
export function runsHere(drv: Derivation, { system, extraPlatforms }: BuildSettings): boolean {
  return drv.system === system || extraPlatforms.includes(drv.system);
}

/** Throws `build/unsupported-derivation` for content-addressed, dynamic and impure derivations, which no machine can build for us. */
export function checkSupported(drvPath: string, drv: Derivation): void {
  for (const [name, { path, hashAlgo, hash }] of drv.outputs) {
    const kind = unsupportedKind(path, hashAlgo, hash);
    if (kind === undefined) continue;
    throw new BootflakeError({
      code: 'build/unsupported-derivation',
      message: `derivation '${drvPath}' is ${kind} (output '${name}'), which is not supported`,
      hint: 'Build it with Nix, or leave out the attribute that makes it so.',
    });
  }
}

function unsupportedKind(path: string, hashAlgo: string, hash: string): string | undefined {
  if (hash === 'impure') return 'impure (`__impure`)';
  if (hashAlgo.startsWith('text:')) return 'a dynamic derivation (`outputHashMode = "text"`)';
  if (hashAlgo.startsWith('git:')) return 'hashed as a Git tree (`outputHashMode = "git"`)';
  if (path === '' && hashAlgo !== '') return 'content-addressed (`__contentAddressed`)';
  return path === '' ? 'made from content-addressed derivations' : undefined;
}
