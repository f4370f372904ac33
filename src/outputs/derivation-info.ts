import { Attrs, charsOf, decodeBytes, force, type Forced, isString, type Value } from '../evaluator/index.ts';
import type { OutputsSpec } from '../flake/outputs-spec.ts';

/** A derivation that an installable names. Plain data. */
export interface DerivationInfo {
  drvPath: string;
  name: string;
  /** The path of every output by its name. */
  outputs: Record<string, string>;
  /** The selected outputs. */
  wanted: string[];
  /** Where it was found: `nixosConfigurations.x.config.system.build.qcow2`. */
  attrPath: string;
  description?: string;
  mainProgram?: string;
}

/** What is meant where neither the installable nor the derivation says which outputs. */
export type OutputsByDefault = 'out' | 'all';

export function isDerivation(value: Forced): value is Attrs {
  if (!(value instanceof Attrs)) return false;
  const type = value.get('type');
  return type !== undefined && force(type) === 'derivation';
}

/** Evaluates a derivation and writes it into the store with everything that it needs. */
export function derivationInfo(value: Attrs, attrPath: string, spec: OutputsSpec, otherwise: OutputsByDefault = 'out'): DerivationInfo {
  const drvPath = textOf(value.get('drvPath')) ?? '';
  const outputNames = listOf(value.get('outputs')) ?? ['out'];
  const outputs: Record<string, string> = {};
  for (const name of outputNames) {
    const output = value.get(name);
    const set = output === undefined ? value : force(output);
    outputs[name] = (set instanceof Attrs ? textOf(set.get('outPath')) : undefined) ?? '';
  }
  const meta = value.get('meta');
  const facts = meta === undefined ? undefined : force(meta);
  const ofMeta = (name: string) => (facts instanceof Attrs ? facts.get(name) : undefined);
  const description = textOf(ofMeta('description'));
  const mainProgram = textOf(ofMeta('mainProgram'));
  return {
    drvPath,
    name: textOf(value.get('name')) ?? '',
    outputs,
    wanted:
      wantedOutputs(value, spec, outputNames, ofMeta('outputsToInstall')) ?? (otherwise === 'all' ? outputNames : onlyOut(outputNames)),
    attrPath,
    ...(description !== undefined && { description }),
    ...(mainProgram !== undefined && { mainProgram }),
  };
}

function wantedOutputs(value: Attrs, spec: OutputsSpec, names: string[], toInstall: Value | undefined): string[] | undefined {
  if (spec === 'all') return names;
  if (spec !== 'default') return spec;
  const specified = value.get('outputSpecified');
  if (specified !== undefined && force(specified) === true) return [textOf(value.get('outputName')) ?? 'out'];
  return listOf(toInstall);
}

function onlyOut(names: string[]): string[] {
  return names.includes('out') ? ['out'] : names.slice(0, 1);
}

function textOf(value: Value | undefined): string | undefined {
  const forced = value === undefined ? undefined : force(value);
  return forced !== undefined && isString(forced) ? decodeBytes(charsOf(forced)) : undefined;
}

function listOf(value: Value | undefined): string[] | undefined {
  const forced = value === undefined ? undefined : force(value);
  return Array.isArray(forced) ? forced.map((item) => textOf(item) ?? '') : undefined;
}
