/** What will be done and what is being done, in Nix's words. */
import type { RealisePlan } from '../../realise/realise-types.ts';
import { formatBytes } from '../../base/format-bytes.ts';

/** A derivation to build, or a path to fetch. */
export interface LogStep {
  /** The id of its events: the derivation's path, or the path to fetch. */
  id: string;
  name: string;
  /** The path that is fetched, and where from; undefined for a build. */
  fetched?: { path: string; source: string };
  downloadBytes: number;
}

/** A package of Debian's archive is fetched, as Nix fetches from a cache. */
export function planSteps({ toBuild, toFetch }: RealisePlan): LogStep[] {
  return [
    ...toFetch.map(
      ({ path, name, cache, downloadBytes }): LogStep => ({
        id: path,
        name,
        fetched: { path, source: cache },
        downloadBytes,
      }),
    ),
    ...toBuild.map(
      ({ drvPath, name, builder, outPath, source, downloadBytes }): LogStep => ({
        id: drvPath,
        name,
        downloadBytes,
        ...(builder === 'builtin:debian-package' && { fetched: { path: outPath, source } }),
      }),
    ),
  ];
}

/** The lines that `nix build` begins with; none when there is nothing to do. */
export function planLines(plan: RealisePlan): string[] {
  const steps = planSteps(plan);
  const built = steps.filter(({ fetched }) => fetched === undefined);
  const fetched = steps.flatMap((step) => step.fetched ?? []);
  const size = `${formatBytes(plan.downloadBytes)} download, ${formatBytes(plan.unpackedBytes)} unpacked`;
  return [
    ...(built.length
      ? [
          built.length === 1 ? 'this derivation will be built:' : `these ${built.length} derivations will be built:`,
          ...built.map(({ id }) => `  ${id}`),
        ]
      : []),
    ...(fetched.length
      ? [
          `${fetched.length === 1 ? 'this path' : `these ${fetched.length} paths`} will be fetched (${size}):`,
          ...fetched.map(({ path }) => `  ${path}`),
        ]
      : []),
  ];
}

/** `building '/nix/store/x.drv'`, `copying path '/nix/store/x' from 'https://cache.example.org'`. */
export function stepText({ id, fetched }: LogStep): string {
  return fetched ? `copying path '${fetched.path}' from '${fetched.source}'` : `building '${id}'`;
}
