/** What will be done and what is being done, in Nix's words. */
import type { PlannedStep, RealisePlan } from '../../realise/realise-types.ts';
import { formatBytes } from '../format-bytes.ts';

/** A package of the archive is fetched, as Nix fetches from a cache; all else is built. */
export function isFetched(step: PlannedStep): boolean {
  return step.builder === 'builtin:debian-package';
}

/** The lines that `nix build` begins with; none when there is nothing to do. */
export function planLines({ toBuild, downloadBytes, unpackedBytes }: RealisePlan): string[] {
  const built = toBuild.filter((step) => !isFetched(step));
  const fetched = toBuild.filter(isFetched);
  const size = `${formatBytes(downloadBytes)} download, ${formatBytes(unpackedBytes)} unpacked`;
  return [
    ...(built.length
      ? [
          built.length === 1 ? 'this derivation will be built:' : `these ${built.length} derivations will be built:`,
          ...built.map(({ drvPath }) => `  ${drvPath}`),
        ]
      : []),
    ...(fetched.length
      ? [
          `${fetched.length === 1 ? 'this path' : `these ${fetched.length} paths`} will be fetched (${size}):`,
          ...fetched.map(({ outPath }) => `  ${outPath}`),
        ]
      : []),
  ];
}

/** `building '/nix/store/x.drv'`, `copying path '/nix/store/x' from 'debian'`. */
export function stepText(step: PlannedStep): string {
  return isFetched(step) ? `copying path '${step.outPath}' from '${step.source}'` : `building '${step.drvPath}'`;
}
