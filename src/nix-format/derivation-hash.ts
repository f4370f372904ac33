/**
 * The hash of a derivation "modulo" its fixed-output inputs: only the content of a source matters, not its origin.
 * Spec: Nix manual, "Derivation outputs and types of derivations"; E. Dolstra's thesis, 5.4.
 */
import { isFixedOutput, unparseDerivation, type Derivation } from './derivation.ts';
import { digestHex } from './hash.ts';

/** Returns the parsed derivation of a store path. */
export type DerivationLookup = (drvPath: string) => Derivation;

/** Computes hashes modulo and keeps them by derivation path. */
export class DerivationHasher {
  private readonly known = new Map<string, string>();

  /** Looks up hashes of derivations that were made elsewhere. */
  elsewhere: (drvPath: string) => string | undefined = () => undefined;

  constructor(private readonly lookup: DerivationLookup) {}

  /** The hash, in base 16, that represents the finished derivation in the hashes of those that use it. */
  ofInput(drvPath: string): string {
    let hash = this.known.get(drvPath);
    if (hash === undefined) {
      hash = this.elsewhere(drvPath) ?? this.hash(this.lookup(drvPath), false);
      this.known.set(drvPath, hash);
    }
    return hash;
  }

  /** Records the hash of a new derivation, so that no lookup is needed later. */
  remember(drvPath: string, drv: Derivation): void {
    if (!this.known.has(drvPath)) this.known.set(drvPath, this.hash(drv, false));
  }

  /** The hash from which output paths are computed; they may still be empty. */
  forOutputs(drv: Derivation): string {
    return this.hash(drv, true);
  }

  private hash(drv: Derivation, maskOutputs: boolean): string {
    if (isFixedOutput(drv)) {
      const output = drv.outputs.get('out')!;
      return digestHex('sha256', `fixed:out:${output.hashAlgo}:${output.hash}:${output.path}`);
    }
    const inputs = new Map<string, Set<string>>();
    for (const [path, outputs] of drv.inputDrvs) {
      const hash = this.ofInput(path);
      let wanted = inputs.get(hash);
      if (!wanted) inputs.set(hash, (wanted = new Set()));
      for (const output of outputs) wanted.add(output);
    }
    return digestHex('sha256', unparseDerivation(drv, { maskOutputs, inputs }));
  }
}
