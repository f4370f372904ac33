/** Whether a derivation's output paths are those that follow from it: Nix's `Derivation::checkInvariants`. */
import { BootflakeError } from '../base/errors.ts';
import type { DerivationHasher } from './derivation-hash.ts';
import { isFixedOutput, type Derivation, type DerivationOutput } from './derivation.ts';
import { hashAlgorithm } from './hash.ts';
import { makeFixedOutputPath, makeOutputPath, type ContentMethod } from './store-path.ts';

/**
 * Throws `store/forged-derivation` unless every output has the path that Nix would compute: anything can be written into a .drv file, and
 * what is built of it is put at that path. `drvPath` is for the message.
 */
export function checkDerivation(drv: Derivation, drvPath: string, hasher: DerivationHasher): void {
  for (const [name, output] of drv.outputs) {
    // Content-addressed: only a build would tell, and none is done.
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
    hint: "a file whose name ends with .drv is taken for a derivation: make those with `derivation', and give other files another name",
  });
}
