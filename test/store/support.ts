import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BuildContext, BuildResult, BuiltinBuilder } from '../../src/builders/builder.ts';
import { DerivationHasher } from '../../src/nix-format/derivation-hash.ts';
import { parseDerivation } from '../../src/nix-format/derivation-parser.ts';
import { derivationReferences, unparseDerivation, type Derivation } from '../../src/nix-format/derivation.ts';
import { makeFixedOutputPath, makeOutputPath } from '../../src/nix-format/store-path.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

export function testStore(t: TestContext): LocalStore {
  return LocalStore.open({ root: join(scratchFolder(t), 'root') });
}

export interface TestDerivation {
  drvPath: string;
  out: string;
}

/** Writes a derivation with structured attributes and one output to the store. `sha256`: of the output, a file, in base 16. */
export function writeDerivation(
  store: LocalStore,
  name: string,
  builder: string,
  attrs: Record<string, unknown>,
  inputs: { drvs?: TestDerivation[]; sources?: string[]; system?: string; sha256?: string } = {},
): TestDerivation {
  const drv: Derivation = {
    name,
    outputs: new Map([['out', { path: '', hashAlgo: inputs.sha256 ? 'sha256' : '', hash: inputs.sha256 ?? '' }]]),
    inputDrvs: new Map((inputs.drvs ?? []).map(({ drvPath }) => [drvPath, ['out']])),
    inputSrcs: inputs.sources ?? [],
    system: inputs.system ?? 'builtin',
    builder,
    args: [],
    env: new Map([
      ['__json', Buffer.from(JSON.stringify({ name, builder, ...attrs })).toString('latin1')],
      ['out', ''],
    ]),
  };
  const hasher = new DerivationHasher((path) => parseDerivation(readDrv(store, path), path.slice(44, -4)));
  const out = inputs.sha256
    ? makeFixedOutputPath(name, 'flat', { algorithm: 'sha256', bytes: Buffer.from(inputs.sha256, 'hex') })
    : makeOutputPath('out', hasher.forOutputs(drv), name);
  drv.outputs.get('out')!.path = out;
  drv.env.set('out', out);
  const drvPath = store.addTextToStore(`${name}.drv`, Buffer.from(unparseDerivation(drv), 'latin1'), derivationReferences(drv));
  return { drvPath, out };
}

function readDrv(store: LocalStore, path: string): string {
  return readFileSync(store.realPath(path), 'latin1');
}

/** A set of builders for tests, by name. */
export function builders(
  table: Record<string, (context: BuildContext) => Promise<BuildResult | void>>,
  kinds: Record<string, 'network' | 'cpu'> = {},
): (name: string) => Promise<BuiltinBuilder | undefined> {
  return async (name) =>
    table[name] && {
      name,
      ...(kinds[name] && { kind: kinds[name] }),
      run: async (context) => (await table[name]!(context)) ?? { outputs: {} },
    };
}
