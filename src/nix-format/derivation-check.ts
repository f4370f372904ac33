/** Checks that a derivation's output paths follow from its contents: Nix's `Derivation::checkInvariants`. */
import { BootflakeError } from '../base/errors.ts';
import type { DerivationHasher } from './derivation-hash.ts';
import { isFixedOutput, type Derivation, type DerivationOutput } from './derivation.ts';
import { hashAlgorithm } from './hash.ts';
import { makeFixedOutputPath, makeOutputPath, type ContentMethod } from './store-path.ts';

/**
 * Throws `store/forged-derivation` unless every output has the path that Nix would compute: anyone can write a .drv file, and its build
 * result is put at that path. `drvPath` is for the message.
 */
export function checkDerivation(drv: Derivation, drvPath: string, hasher: DerivationHasher): void {
  for (const [name, output] of drv.outputs) {
    // Content-addressed: the path is known only after a build, which does not happen here.
    if (output.path === '' && output.hashAlgo !== '' && output.hash === '') continue;
    const path = isFixedOutput(drv) ? fixedPath(drv, output) : makeOutputPath(name, hasher.forOutputs(drv), drv.name);
    if (output.path !== path) throw forged(drvPath, `has incorrect output '${output.path}', should be '${path}'`);
    if (drv.env.get(name) !== path) throw forged(drvPath, `has incorrect environment variable '${name}', should be '${path}'`);
  }
}

const METHODS: Record<string, ContentMethod> = { '': 'flat', 'r:': 'nar', 'text:': 'text', 'git:': 'git' };

function fixedPath(drv: Derivation, { hashAlgo, hash }: DerivationOutput): string | undefined {
  const colon = hashAlgo.indexOf(':') + 1;
  const [method, algorithm] = [METHODS[hashAlgo.slice(0, colon)], hashAlgorithm(hashAlgo.slice(colon))];
  if (method === undefined || algorithm === undefined || !/^([0-9a-f]{2})+$/.test(hash)) return undefined;
  return makeFixedOutputPath(drv.name, method, { algorithm, bytes: Buffer.from(hash, 'hex') });
}

function forged(drvPath: string, why: string): BootflakeError {
  return new BootflakeError({
    code: 'store/forged-derivation',
    message: `derivation '${drvPath}' ${why}`,
    hint: "Give the file a name that does not end with .drv, unless it is a derivation made with `derivation'.",
  });
}
