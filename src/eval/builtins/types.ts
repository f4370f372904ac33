import { Attrs, AttrsBuilder } from '../attrs.ts';
import { typeError } from '../error.ts';
import { force } from '../force.ts';
import { typeName } from '../print.ts';
import { isFunction, isInt, isString, Lambda, NixFloat, NixPath, PartialApp, type BuiltinDef, type Forced } from '../value.ts';

function predicate(name: string, what: string, test: (v: Forced) => boolean, global = false): BuiltinDef {
  return {
    name,
    args: ['e'],
    ...(global && { global }),
    doc: `Whether *e* is ${what}.`,
    run: (_ev, _pos, v) => test(force(v!)),
  };
}

export const typeBuiltins: BuiltinDef[] = [
  {
    name: 'typeOf',
    args: ['e'],
    doc: 'The type of *e* as a string: `"int"`, `"bool"`, `"string"`, `"path"`, `"null"`, `"set"`, `"list"`, `"lambda"` or `"float"`.',
    run: (_ev, _pos, v) => typeName(force(v!)),
  },
  predicate('isNull', '`null`', (v) => v === null, true),
  predicate('isFunction', 'a function', isFunction),
  predicate('isInt', 'an integer', isInt),
  predicate('isFloat', 'a floating-point number', (v) => v instanceof NixFloat),
  predicate('isString', 'a string', isString),
  predicate('isBool', 'a Boolean', (v) => typeof v === 'boolean'),
  predicate('isPath', 'a path', (v) => v instanceof NixPath),
  predicate('isAttrs', 'a set', (v) => v instanceof Attrs),
  predicate('isList', 'a list', (v) => Array.isArray(v)),
  {
    name: 'functionArgs',
    args: ['f'],
    doc:
      'The attributes that the function *f* takes, each `true` when it has a default and `false` when it has not. Empty for a function ' +
      'of one plain argument.',
    run(_ev, pos, v) {
      const f = force(v!);
      if (f instanceof Lambda) {
        const { formals } = f.info;
        if (!formals) return Attrs.empty;
        const builder = new AttrsBuilder();
        formals.names.forEach((name, i) => builder.set(name, formals.optional[i]!, formals.positions[i]));
        return builder.build();
      }
      if (f instanceof PartialApp || isFunction(f)) return Attrs.empty;
      throw typeError("'functionArgs' requires a function", pos);
    },
  },
];
