/** Installables, FLAKE#ATTRIBUTE^OUTPUTS, and where their attribute is looked up in a flake's outputs. */
import { parseAttrPath, printAttrPath } from './attr-path.ts';
import { splitOutputs, type OutputsSpec } from './outputs-spec.ts';
import { parseFlakeRefWithFragment, type FlakeRef } from './ref.ts';

export interface FlakeInstallable {
  ref: FlakeRef;
  fragment: string;
  outputs: OutputsSpec;
}

/** Relative paths are relative to `baseDir`. */
export function parseInstallable(text: string, baseDir: string, warn?: (message: string) => void): FlakeInstallable {
  const { rest, outputs } = splitOutputs(text);
  const { ref, fragment } = parseFlakeRefWithFragment(rest, { baseDir, ...(warn && { warn }) });
  return { ref, fragment, outputs };
}

/** The outputs where `nix run`, `nix develop` and `bootflake test` look first, and what they were called for a flake's only one. */
export type Preferred = 'apps' | 'devShells' | 'checks';
const defaults = { apps: 'defaultApp', devShells: 'devShell', checks: undefined } as const;

/** The images that a configuration may define under `config.system.build`, in order of preference. */
const imageAttributes = [['qcow2'], ['image'], ['raw']] as const;

export interface LookupOptions {
  /** The name of a configuration stands for what is built of it. */
  images: boolean;
  /** Attributes of its `config.system.build`, as paths, in order of preference. Defaults to those of images. */
  built?: readonly (readonly string[])[];
  first?: Preferred;
  /** Whether only configurations are meant, by their names or paths: no package of that name; or those before others. */
  configurations?: true | 'first';
}

/**
 * Returns the attribute paths to try for a fragment, those of `nix build` and then our short forms; the first that exists is used.
 * A leading dot takes the path literally. With `images`, the name of a configuration stands for its image.
 */
export function candidateAttrPaths(fragment: string, system: string, options: LookupOptions): string[][] {
  if (fragment.startsWith('.')) return [parseAttrPath(fragment.slice(1))];
  const { first } = options;
  if (options.configurations === true) return configurationPaths(fragment, options);
  if (fragment === '')
    return [
      ...(first ? [[first, system, 'default'], ...(defaults[first] === undefined ? [] : [[defaults[first], system]])] : []),
      ['packages', system, 'default'],
      ['defaultPackage', system],
    ];
  const path = parseAttrPath(fragment);
  const candidates = [
    ...(first ? [[first, system, ...path]] : []),
    ['packages', system, ...path],
    ['legacyPackages', system, ...path],
    path,
  ];
  if (!options.images) return candidates;
  // .#build-qcow2 and .#nixosConfigurations.build-qcow2
  const machine = path.length === 1 ? path[0] : path.length === 2 && path[0] === 'nixosConfigurations' ? path[1] : undefined;
  if (machine !== undefined && options.configurations === 'first') candidates.unshift(...builtPaths(machine, options));
  else if (machine !== undefined) candidates.splice(candidates.length - (path.length === 1 ? 0 : 1), 0, ...builtPaths(machine, options));
  return candidates;
}

function configurationPaths(fragment: string, { built = imageAttributes }: LookupOptions): string[][] {
  const path = parseAttrPath(fragment);
  if (path.length === 0) return [['nixosConfigurations']];
  const configuration = path.length === 1 ? ['nixosConfigurations', ...path] : path;
  return built.map((names) => [...configuration, 'config', 'system', 'build', ...names]);
}

/** Where what is built of a nixosConfiguration may be. */
export function builtPaths(machine: string, { built = imageAttributes }: Pick<LookupOptions, 'built'>): string[][] {
  return built.map((path) => ['nixosConfigurations', machine, 'config', 'system', 'build', ...path]);
}

export function printInstallablePath(path: readonly string[]): string {
  return printAttrPath(path);
}
