/**
 * Reads a flake.nix from its syntax tree: only literals count, as in Nix, so that a flake's inputs are known without evaluating anything.
 */
import { BootflakeError } from '../base/errors.ts';
import { type Binding, decodeBytes, type Expr, type Pos } from '../evaluator/index.ts';
import type { FlakeFile, FlakeInput } from './flake-file.ts';
import { badFlake, booleanOf, literalBindings, positionOf, setOf, showKind, stringOf, typeFault, valueOf } from './literals.ts';
import type { InputPath } from './lock-file.ts';
import { readNixConfig } from './nix-config.ts';
import { flakeRefFromAttrs, parseFlakeRef } from './ref.ts';
import { flakeIdPattern, type InputAttrs } from '../fetch/scheme/scheme.ts';

interface Reader {
  /** Logical path of flake.nix's folder. */
  folder: string;
  /** The base of `follows`. */
  lockRoot: InputPath;
}

/** `flakeName` is for messages. */
export function readFlakeExpr(expr: Expr, folder: string, lockRoot: InputPath, flakeName: string): FlakeFile {
  const reader = { folder, lockRoot };
  if (expr.kind !== 'attrs')
    throw badFlake(
      `file '${folder}/flake.nix' must be an attribute set`,
      expr.pos,
      'a flake is written { inputs = { ... }; outputs = { self, ... }: { ... }; }',
    );
  const flake: FlakeFile = { inputs: new Map(), submodules: false, nixConfig: [] };
  let outputs: Binding | undefined;
  for (const binding of literalBindings(expr)) {
    if (binding.name === 'description') flake.description = stringOf(binding);
    else if (binding.name === 'inputs') {
      flake.inputs = readInputs(reader, binding, true);
      flake.submodules = wantsSubmodules(binding);
    } else if (binding.name === 'outputs') outputs = binding;
    else if (binding.name === 'nixConfig') flake.nixConfig = readNixConfig(binding);
    else
      throw badFlake(
        `flake '${flakeName}' has an unsupported attribute '${binding.name}'`,
        binding.pos,
        'a flake has description, inputs, outputs and nixConfig',
      );
  }
  if (!outputs) throw badFlake(`flake '${flakeName}' lacks attribute 'outputs'`, expr.pos, 'outputs = { self, nixpkgs }: { ... };');
  const value = valueOf(outputs);
  if (value?.kind !== 'lambda') throw typeFault('a function', value, outputs.pos);
  for (const { name } of value.formals ?? []) {
    if (name !== 'self' && !flake.inputs.has(name))
      flake.inputs.set(name, { ref: parseFlakeRef(name), isFlake: true, overrides: new Map() });
  }
  return flake;
}

function wantsSubmodules(inputs: Binding): boolean {
  const self = setOf(inputs).find(({ name }) => name === 'self');
  const submodules = self && setOf(self).find(({ name }) => name === 'submodules');
  return submodules !== undefined && booleanOf(submodules);
}

function readInputs(reader: Reader, binding: Binding, atTop: boolean): Map<string, FlakeInput> {
  const inputs = new Map<string, FlakeInput>();
  for (const input of setOf(binding)) {
    if (input.name === 'self') {
      if (!atTop) throw badFlake("'self' input attribute not allowed here", input.pos);
      for (const attribute of setOf(input)) {
        if (attribute.name !== 'submodules' && attribute.name !== 'lfs')
          throw badFlake(`flake 'self' attribute '${attribute.name}' is not supported`, attribute.pos);
      }
      continue;
    }
    inputs.set(decodeBytes(input.name), readInput(reader, input));
  }
  return inputs;
}

function readInput(reader: Reader, binding: Binding): FlakeInput {
  const input: FlakeInput = { isFlake: true, overrides: new Map() };
  const attrs: InputAttrs = {};
  for (const attribute of setOf(binding)) {
    if (attribute.name === 'url') attrs.url = urlOf(reader, attribute);
    else if (attribute.name === 'flake') input.isFlake = booleanOf(attribute);
    else if (attribute.name === 'inputs') input.overrides = readInputs(reader, attribute, false);
    else if (attribute.name === 'follows') input.follows = [...reader.lockRoot, ...parseInputPath(stringOf(attribute), attribute.pos)];
    else attrs[decodeBytes(attribute.name)] = literalOf(attribute);
  }
  const { url, ...rest } = attrs;
  const other = Object.keys(rest)[0];
  try {
    if (attrs.type !== undefined) input.ref = flakeRefFromAttrs(attrs);
    else if (other !== undefined)
      throw badFlake(
        `unexpected flake input attribute '${other}'`,
        binding.pos,
        'an input has url, flake, inputs and follows, or type with the attributes of that type',
      );
    else if (url !== undefined) input.ref = parseFlakeRef(String(url), { isFlake: input.isFlake, keepRelative: true });
  } catch (error) {
    if (error instanceof BootflakeError) error.position ??= positionOf(binding.pos);
    throw error;
  }
  if (input.ref && input.follows)
    throw badFlake('flake input has both a flake reference and a follows attribute', binding.pos, 'keep one of the two');
  return input;
}

/** Splits `a/b` into its names. */
export function parseInputPath(text: string, pos?: Pos): string[] {
  const path = text.split('/').filter((name) => name !== '');
  for (const name of path) if (!flakeIdPattern.test(name)) throw badFlake(`invalid flake input attribute path element '${name}'`, pos);
  return path;
}

/** A path refers to the flake's own tree. */
function urlOf(reader: Reader, binding: Binding): string {
  const value = valueOf(binding);
  if (value?.kind !== 'path') return stringOf(binding);
  const path = decodeBytes(value.value);
  return `path:${relativeTo(reader.folder, path)}`;
}

function relativeTo(folder: string, path: string): string {
  const [from, to] = [folder.split('/'), path.split('/')];
  let common = 0;
  while (common < from.length && common < to.length && from[common] === to[common]) common += 1;
  return [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/') || '.';
}

function literalOf(binding: Binding): string | number | boolean {
  const value = valueOf(binding);
  if (value?.kind === 'string') return decodeBytes(value.value);
  if (value?.kind === 'int') return Number(value.value);
  if (value?.kind === 'var' && (value.name === 'true' || value.name === 'false')) return value.name === 'true';
  if (value?.kind === 'negate') throw badFlake(`negative value given for flake input attribute '${binding.name}'`, binding.pos);
  throw badFlake(
    `flake input attribute '${binding.name}' is ${showKind(value)} while a string, Boolean, or integer is expected`,
    binding.pos,
  );
}
