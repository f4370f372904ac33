/** Reads the literals of a flake.nix: nothing in it is evaluated before its inputs and settings are known. */
import { BootflakeError, type Position } from '../base/errors.ts';
import { type AttrsExpr, type Binding, decodeBytes, type Expr, type Pos, toPosition } from '../evaluator/index.ts';

export function stringOf(binding: Binding): string {
  const value = valueOf(binding);
  if (value?.kind === 'string') return decodeBytes(value.value);
  throw typeFault('a string', value, binding.pos);
}

export function booleanOf(binding: Binding): boolean {
  const value = valueOf(binding);
  if (value?.kind === 'var' && (value.name === 'true' || value.name === 'false')) return value.name === 'true';
  throw typeFault('a Boolean', value, binding.pos);
}

export function setOf(binding: Binding): Binding[] {
  const value = valueOf(binding);
  if (value?.kind === 'attrs') return literalBindings(value);
  throw typeFault('a set', value, binding.pos);
}

export function literalBindings(expr: AttrsExpr): Binding[] {
  const [dynamic] = expr.bindings.dynamic;
  if (dynamic)
    throw badFlake(
      'expected a set but got a thunk: a name in it is computed',
      dynamic.pos,
      'Use literals without ${...} outside of outputs.',
    );
  return expr.bindings.list;
}

/** Returns undefined for an inherited attribute, which is not a literal. */
export function valueOf(binding: Binding): Expr | undefined {
  return binding.inherited || binding.value === null ? undefined : binding.value;
}

export function typeFault(expected: string, value: Expr | undefined, pos: Pos): BootflakeError {
  const found = showKind(value);
  return badFlake(
    `expected ${expected} but got ${found}`,
    pos,
    found === 'a thunk' ? 'Use literals outside of outputs: they are read before anything is evaluated.' : undefined,
  );
}

export function showKind(value: Expr | undefined): string {
  switch (value?.kind) {
    case 'string':
      return 'a string';
    case 'int':
      return 'an integer';
    case 'float':
      return 'a float';
    case 'path':
      return 'a path';
    case 'attrs':
      return 'a set';
    case 'list':
      return 'a list';
    case 'lambda':
      return 'a function';
    case 'var':
      return value.name === 'true' || value.name === 'false' ? 'a Boolean' : value.name === 'null' ? 'null' : 'a thunk';
    default:
      return 'a thunk';
  }
}

export function positionOf(pos: Pos): Position | undefined {
  return toPosition(pos);
}

export function badFlake(message: string, pos: Pos | undefined, hint?: string): BootflakeError {
  const position = pos === undefined ? undefined : positionOf(pos);
  return new BootflakeError({
    code: 'flake/bad-flake',
    message: decodeBytes(message),
    ...(hint !== undefined && { hint }),
    ...(position && { position }),
  });
}
