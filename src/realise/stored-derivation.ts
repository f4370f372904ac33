import { BootflakeError } from '../base/errors.ts';
import { parseStorePath } from '../nix-format/store-path.ts';
import type { Store } from '../store/store.ts';
import { DerivationGraph } from './derivation-graph.ts';

/** A derivation of the store that an installable names. */
export interface StoredDerivation {
  installable: string;
  drvPath: string;
  outputNames: string[];
  outputs: Record<string, string>;
  attrPath: string;
}

/**
 * Parses `/nix/store/x.drv^out,dev` and `/nix/store/x.drv^*`; returns undefined for every other installable. Throws `build/no-derivation`,
 * `build/no-output`, and `build/no-outputs-named` for a derivation without `^`, which in Nix is its own file.
 */
export function storedDerivation(store: Store, installable: string): StoredDerivation | undefined {
  const [path = '', spec, more] = installable.split('^');
  if (more !== undefined || !path.endsWith('.drv') || parseStorePath(path) === undefined) return undefined;
  if (spec === undefined)
    throw new BootflakeError({
      code: 'build/no-outputs-named',
      message: `'${path}' is a derivation: which of its outputs to build is not said`,
      hint: `Add the outputs: '${path}^*' for all of them, or '${path}^out'.`,
    });
  const node = new DerivationGraph(store).get(path);
  const outputNames = spec === '*' ? node.outputNames() : [...new Set(spec.split(','))].sort();
  const outputs = Object.fromEntries(outputNames.map((name) => [name, node.outputPath(name)]));
  return { installable, drvPath: path, outputNames, outputs, attrPath: '' };
}
