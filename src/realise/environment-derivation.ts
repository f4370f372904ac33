/** The derivation whose output is the environment in which another one is built: what `nix develop` enters. */
import { BootflakeError } from '../base/errors.ts';
import { DerivationHasher } from '../nix-format/derivation-hash.ts';
import { derivationReferences, unparseDerivation, type Derivation } from '../nix-format/derivation.ts';
import { STRUCTURED_ATTRS } from '../nix-format/structured-attrs.ts';
import { makeOutputPath } from '../nix-format/store-path.ts';
import type { LocalStore } from '../store/local-store.ts';
import { DerivationGraph } from './derivation-graph.ts';
import { environmentScript } from './environment-script.ts';

export interface EnvironmentDerivation {
  drvPath: string;
  outputs: string[];
  /** The path of the merged tree of Debian's packages that is its /usr. */
  usr: string | undefined;
}

/** Attributes that the environment, being another output, would not pass. */
const checks = ['allowedReferences', 'allowedRequisites', 'disallowedReferences', 'disallowedRequisites'];

/** Writes it into the store. Throws `build/no-shell` for a derivation with another builder than bash. */
export function environmentDerivation(store: LocalStore, drvPath: string): EnvironmentDerivation {
  const graph = new DerivationGraph(store);
  const original = graph.get(drvPath).drv;
  if (!/(?:^|\/)bash$/.test(original.builder))
    throw new BootflakeError({
      code: 'build/no-shell',
      message:
        "'nix develop' only works on derivations that use 'bash' as their builder, " + `and that of '${drvPath}' is '${original.builder}'`,
      hint: 'Use a derivation of stdenv.mkDerivation, or pkgs.mkShell.',
    });
  const script = store.addTextToStore('get-env.sh', environmentScript, []);
  const name = `${original.name}-env`;
  const env = new Map([...original.env].filter(([key]) => !checks.includes(key))).set('name', name);
  const json = env.get(STRUCTURED_ATTRS);
  if (json !== undefined) env.set(STRUCTURED_ATTRS, withoutOutputChecks(json));
  const drv: Derivation = { ...original, name, args: [script], inputSrcs: [...original.inputSrcs, script].sort(), env, outputs: new Map() };
  for (const output of original.outputs.keys()) {
    drv.outputs.set(output, { path: '', hashAlgo: '', hash: '' });
    env.set(output, '');
  }
  const hash = new DerivationHasher((path) => graph.get(path).drv).forOutputs(drv);
  for (const [output, value] of drv.outputs) {
    value.path = makeOutputPath(output, hash, name);
    env.set(output, value.path);
  }
  const text = Buffer.from(unparseDerivation(drv), 'latin1');
  return {
    drvPath: store.addTextToStore(`${name}.drv`, text, derivationReferences(drv)),
    outputs: [...drv.outputs.keys()].sort(),
    usr: json === undefined ? env.get('debianTree') : textIn(json, 'debianTree'),
  };
}

/** Only then is the text another one: numbers beyond 2^53 lose digits. */
function withoutOutputChecks(json: string): string {
  if (!json.includes('"outputChecks"')) return json;
  const { outputChecks: _, ...rest } = JSON.parse(json) as Record<string, unknown>;
  return JSON.stringify(rest);
}

function textIn(json: string, name: string): string | undefined {
  const value = (JSON.parse(json) as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
