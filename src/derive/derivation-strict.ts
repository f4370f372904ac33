/** `derivationStrict`: a set of attributes becomes a store derivation, its paths computed and its file written. */
import { BootflakeError } from '../base/errors.ts';
import { Attrs } from '../eval/attrs.ts';
import { contextElement } from '../eval/builtins/realise.ts';
import { addStep, evalError, placedAt } from '../eval/error.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { forceAttrs, forceStringNoContext, requireAttr } from '../eval/expect.ts';
import { NixString, type Value } from '../eval/value.ts';
import { encodeBytes } from '../lang/bytes.ts';
import type { Pos } from '../lang/position.ts';
import { derivationPath, derivationReferences, unparseDerivation, type Derivation } from '../nix-format/derivation.ts';
import { formatHash, parseHash, type Hash } from '../nix-format/hash.ts';
import { makeFixedOutputPath, makeOutputPath, methodPrefix, storeNameFault } from '../nix-format/store-path.ts';
import { readDerivationAttrs, type DerivationAttrs } from './derivation-attrs.ts';
import { derivationTable, type DerivationTable } from './derivation-table.ts';

/** The set `{ drvPath, OUTPUT = path, ... }` with the contexts that make its users depend on it. */
export function derivationStrict(ev: Evaluator, argument: Value, pos: Pos): Attrs {
  const attrs = forceAttrs(argument, pos, 'the argument passed to builtins.derivationStrict');
  const nameValue = requireAttr(attrs, 'name', pos, 'the attrset passed as argument to builtins.derivationStrict');
  const namePos = attrs.posOf('name');
  const name = forceStringNoContext(nameValue, namePos, "the derivation attribute 'name'");
  try {
    return makeDerivation(ev, name, attrs, pos);
  } catch (thrown) {
    const error = placedAt(thrown, pos);
    addStep(error, `while evaluating derivation '${name}'`, namePos);
    throw error;
  }
}

function makeDerivation(ev: Evaluator, name: string, attrs: Attrs, pos: Pos): Attrs {
  const fault = storeNameFault(name);
  if (fault) throw evalError('eval/bad-derivation-name', `invalid derivation name: ${fault}. Please pass a different 'name'.`, pos);
  const read = readDerivationAttrs(ev, name, attrs, pos);
  if (read.builder === '') throw evalError('eval/missing-attribute', "required attribute 'builder' missing", pos);
  if (read.system === '') throw evalError('eval/missing-attribute', "required attribute 'system' missing", pos);
  if (name.endsWith('.drv')) {
    throw evalError(
      'eval/bad-derivation-name',
      "derivation names are allowed to end in '.drv' only if they produce a single derivation file",
      pos,
    );
  }
  const table = derivationTable(ev);
  const drv: Derivation = {
    name,
    outputs: new Map(),
    inputDrvs: new Map(),
    inputSrcs: [],
    system: read.system,
    builder: read.builder,
    args: read.args,
    env: read.env,
  };
  addInputs(drv, read, table);
  if (read.outputHash !== undefined) setFixedOutput(ev, drv, read, pos);
  else setOutputs(drv, read.outputs, table, ev.host.storeDir);
  return register(ev, drv, table);
}

function addInputs(drv: Derivation, read: DerivationAttrs, table: DerivationTable): void {
  const sources = new Set<string>();
  const inputs = new Map<string, Set<string>>();
  const addOutput = (path: string, output: string): void => {
    const outputs = inputs.get(path);
    if (outputs) outputs.add(output);
    else inputs.set(path, new Set([output]));
  };
  for (const encoded of read.context) {
    const element = contextElement(encoded);
    if (element.kind === 'path') sources.add(element.path);
    else if (element.kind === 'output') addOutput(element.drvPath, element.output);
    else {
      // The builder may read the whole graph of derivations: all of it, with all outputs, becomes an input.
      for (const path of table.closure(element.drvPath)) {
        sources.add(path);
        if (path.endsWith('.drv')) for (const output of table.get(path).outputs.keys()) addOutput(path, output);
      }
    }
  }
  drv.inputSrcs = [...sources].sort();
  for (const [path, outputs] of inputs) drv.inputDrvs.set(path, [...outputs].sort());
}

function setFixedOutput(ev: Evaluator, drv: Derivation, read: DerivationAttrs, pos: Pos): void {
  if (read.outputs.length !== 1 || read.outputs[0] !== 'out') {
    throw evalError('eval/bad-derivation', 'multiple outputs are not supported in fixed-output derivations', pos);
  }
  const hash = parseOutputHash(ev, read, pos);
  const method = read.hashMode ?? 'flat';
  const path = makeFixedOutputPath(drv.name, method, hash, undefined, ev.host.storeDir);
  drv.outputs.set('out', { path, hashAlgo: methodPrefix(method) + hash.algorithm, hash: formatHash(hash, 'base16') });
  drv.env.set('out', path);
}

function parseOutputHash(ev: Evaluator, read: DerivationAttrs, pos: Pos): Hash {
  const text = read.outputHash!;
  if (text === '') {
    if (!read.outputHashAlgo) throw evalError('eval/bad-hash', 'empty hash requires explicit hash algorithm', pos);
    const size = { md5: 16, sha1: 20, sha256: 32, sha512: 64 }[read.outputHashAlgo];
    const hash: Hash = { algorithm: read.outputHashAlgo, bytes: new Uint8Array(size) };
    ev.host.warn(`found empty hash, assuming '${formatHash(hash, 'sri')}'`);
    return hash;
  }
  try {
    return parseHash(text, read.outputHashAlgo);
  } catch (error) {
    if (error instanceof BootflakeError) throw evalError('eval/bad-hash', encodeBytes(error.message), pos);
    throw error;
  }
}

function setOutputs(drv: Derivation, outputs: readonly string[], table: DerivationTable, storeDir: string): void {
  for (const output of outputs) {
    drv.outputs.set(output, { path: '', hashAlgo: '', hash: '' });
    drv.env.set(output, '');
  }
  const hash = table.hasher.forOutputs(drv);
  for (const [output, value] of drv.outputs) {
    value.path = makeOutputPath(output, hash, drv.name, storeDir);
    drv.env.set(output, value.path);
  }
}

function register(ev: Evaluator, drv: Derivation, table: DerivationTable): Attrs {
  const aterm = unparseDerivation(drv);
  const drvPath = derivationPath(drv, aterm, ev.host.storeDir);
  if (!table.has(drvPath)) {
    ev.host.writeDerivation(drvPath, aterm, derivationReferences(drv));
    table.add(drvPath, drv);
  }
  const result: [string, Value][] = [['drvPath', new NixString(drvPath, new Set([`=${drvPath}`]))]];
  for (const [output, { path }] of drv.outputs) result.push([output, outputString(drvPath, output, path)]);
  return Attrs.from(result);
}

/** The path of an output, as a string that makes its user depend on the derivation. */
export function outputString(drvPath: string, output: string, path: string): NixString {
  return new NixString(path, new Set([`!${output}!${drvPath}`]));
}
