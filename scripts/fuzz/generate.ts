/** Random expressions that cover the whole language. */
import { atoms } from './atoms.ts';
import { fn, list, plainKinds, sameKind, signatures, type Kind, type Plain } from './kinds.ts';
import { madeAtom } from './made.ts';
import { babble, mutated } from './mutate.ts';
import type { Random } from './random.ts';
import { closure, pathArguments, replacement, searchPath, sort, sought } from './shapes.ts';
import { optional, textOf, tree, type Tree } from './tree.ts';

interface Variable {
  name: string;
  kind: Kind;
}

type Scope = readonly Variable[];

const variableNames = ['a', 'b', 'c', 'x', 'y', 'f', 'name', "x'", 'a-b', '_u', 'args', 'or'];
const builtinNames = Object.keys(signatures);
/** Builtins in scope without `builtins.`. */
const globals = new Set([
  'abort',
  'baseNameOf',
  'derivationStrict',
  'dirOf',
  'isNull',
  'map',
  'placeholder',
  'removeAttrs',
  'throw',
  'toString',
  'fromTOML',
]);
const returning = new Map<Plain, string[]>();
for (const name of builtinNames) {
  const result = signatures[name]!.at(-1)!;
  if (typeof result === 'string') returning.set(result, [...(returning.get(result) ?? []), name]);
}

export class Generator {
  constructor(private readonly random: Random) {}

  /** One expression, of any kind. */
  expression(): Tree {
    const { random } = this;
    if (random.chance(0.02)) return babble(random);
    const whole = tree`${this.value(this.anyKind(), 2 + random.below(4), [])}`;
    return random.chance(0.12) ? mutated(textOf(whole), random) : whole;
  }

  private anyKind(): Kind {
    const r = this.random.next();
    if (r < 0.12) return list(this.random.pick(plainKinds));
    if (r < 0.16) return fn('any', 'any');
    return this.random.pick([
      'int',
      'float',
      'num',
      'bool',
      'string',
      'string',
      'string',
      'path',
      'set',
      'set',
      'any',
      'null',
      'drv',
    ] as const);
  }

  private value(wanted: Kind, depth: number, scope: Scope): Tree {
    const { random } = this;
    const kind = random.chance(0.035) ? this.anyKind() : wanted;
    if (depth <= 0) return this.leaf(kind, scope);
    const r = random.next();
    if (r < 0.12) {
      const found = this.variable(kind, scope);
      if (found) return found;
    }
    if (r < 0.2) return this.leaf(kind, scope);
    if (r < 0.45) return this.general(kind, depth - 1, scope);
    return this.specific(kind, depth - 1, scope);
  }

  private leaf(kind: Kind, scope: Scope): Tree {
    const found = this.random.chance(0.35) ? this.variable(kind, scope) : undefined;
    if (found) return found;
    if (typeof kind === 'string') {
      const text = (this.random.chance(0.5) ? madeAtom(kind, this.random) : undefined) ?? this.random.pick(atoms[kind]);
      return tree`${/^[[{"(./a-z0-9<_']/.test(text) && !/ /.test(text) ? text : `(${text})`}`;
    }
    if ('list' in kind) return tree`[ ${this.items(kind.list, this.random.below(4), 0, scope)}]`;
    return this.lambda(kind, 0, scope);
  }

  private variable(kind: Kind, scope: Scope): Tree | undefined {
    const fitting = scope.filter((v, i) => sameKind(v.kind, kind) && !scope.slice(i + 1).some((later) => later.name === v.name));
    return fitting.length > 0 ? tree`${this.random.pick(fitting).name}` : undefined;
  }

  private items(kind: Kind, n: number, depth: number, scope: Scope): Tree[] {
    return this.random.times(n, () => optional(tree`${this.value(kind, depth, scope)} `));
  }

  /** Forms that can have a value of any kind. */
  private general(kind: Kind, depth: number, scope: Scope): Tree {
    const { random } = this;
    const inner = (k: Kind = kind, s = scope): Tree => this.value(k, depth, s);
    const name = random.pick(variableNames.slice(0, 11));
    const other = this.anyKind();
    switch (random.below(36)) {
      case 0:
      case 1:
        return tree`(if ${inner('bool')} then ${inner()} else ${inner()})`;
      case 2:
      case 3:
      case 4:
        return this.letIn(kind, depth, scope);
      case 5:
        return tree`(with ${inner('set')}; ${inner(kind, [...scope, { name: 'a', kind: 'any' }, { name: 'b', kind: 'any' }])})`;
      case 6:
        return tree`(assert ${inner('bool')}; ${inner()})`;
      case 7:
      case 8:
        return tree`((${name}: ${inner(kind, [...scope, { name, kind: other }])}) ${inner(other)})`;
      case 9:
      case 10:
        return tree`(${this.formals(kind, depth, scope)} ${this.set(depth, scope)})`;
      case 11:
        return tree`{ ${name} = ${inner()}; }.${name}`;
      case 12:
        return tree`(${inner('set')}.${random.pick([
          'a',
          'b',
          'c.d',
          '"a b"',
          '${"a"}',
          'x.y',
          'a.b.c',
          'c.${"d"}',
          'a."b"',
          '${null}',
          '${"c"}.d.e',
          'or',
          'b.${throw "name"}',
        ])} or ${inner()})`;
      case 13:
        return tree`(rec { ${name} = ${inner(other)}; r = ${inner(kind, [...scope, { name, kind: other }])}; }).r`;
      case 14:
        return tree`(builtins.head [ ${inner()} ])`;
      case 15:
        return tree`(builtins.tryEval ${inner()}).value`;
      case 16:
        return tree`(builtins.seq ${inner('any')} ${inner()})`;
      case 17:
        return tree`(builtins.foldl' (a: b: ${inner(kind, [
          ...scope,
          { name: 'a', kind },
          { name: 'b', kind: other },
        ])}) ${inner()} ${inner(list(other))})`;
      case 18:
        return tree`(let { ${name} = ${inner(other)}; body = ${inner(kind, [...scope, { name, kind: other }])}; })`;
      case 19:
        return tree`(builtins.elemAt [ ${inner()} ${inner()} ] ${this.value('index', 0, scope)})`;
      case 20:
        return tree`(builtins.getAttr ${this.value('name', 0, scope)} { a = ${inner()}; b = ${inner()}; })`;
      case 21:
        return tree`({ __functor = self: x: ${inner()}; } ${inner('any')})`;
      case 22:
        return tree`(${inner(other)} |> (${name}: ${inner(kind, [...scope, { name, kind: other }])}))`;
      case 23:
        return tree`((${name}: ${inner(kind, [...scope, { name, kind: other }])}) <| ${inner(other)})`;
      case 24:
        return tree`(builtins.fromJSON (builtins.toJSON ${inner()}))`;
      case 25:
        return tree`(${inner('set')}.${random.pick(['a', 'b', 'c', 'd', '${"a"}', '"b"', 'x', 'c.d'])})`;
      case 26:
        return tree`(let inherit (${inner('set')}) a b; in ${inner(kind, [
          ...scope,
          { name: 'a', kind: 'any' },
          { name: 'b', kind: 'any' },
        ])})`;
      case 27:
        return tree`(import ${random.pick([
          './in/files/set.nix',
          './in/files',
          './in/files/function.nix',
          './in/files/text',
          '(toString ./in/files/set.nix)',
          './in/files/broken.nix',
          './missing',
        ])})`;
      case 28:
        return tree`(builtins.scopedImport ${inner('set')} ./in/files/scope.nix)`;
      case 29:
        return this.chain(kind, scope);
      case 30:
        return tree`(with { a = ${inner()}; }; with ${inner('set')}; let x = a; in ${inner(kind, [
          ...scope,
          { name: 'x', kind: 'any' },
          { name: 'a', kind: 'any' },
        ])})`;
      case 31:
        return tree`(${this.formals(kind, depth, scope)} (${this.set(depth, scope)} // ${this.set(depth, scope)}))`;
      case 32:
        return tree`(let __nixPath = ${inner('searchpath')}; in <${random
          .pick(sought)
          .slice(1, -1)
          .replace(/^\/?$/, 'a')
          .replace(/\/$/, '')}>)`;
      default:
        return this.builtin(random.pick(builtinNames), depth, scope);
    }
  }

  /** Chains of operators without parentheses, many of which are errors. */
  private chain(kind: Kind, scope: Scope): Tree {
    const { random } = this;
    const families = [
      ['+', '-', '*', '/'],
      ['+', '-', '<', '==', '&&', '||', '->', '!='],
      ['//', '++', '+', '?', '=='],
      ['<', '>', '<=', '>=', '==', '!='],
    ];
    const operators = random.pick(families);
    const operand = (): Tree => this.leaf(random.chance(0.6) ? kind : random.pick(['int', 'bool', 'set', 'string'] as const), scope);
    const more = random.times(1 + random.below(4), () => {
      const operator = random.pick(operators);
      const before = random.pick([' ', ' ', ' ', ' !', ' -', '']);
      return optional(operator === '?' ? tree` ? ${random.pick(['a', 'b', '"x"', '${"a"}.b'])}` : tree` ${operator}${before}${operand()}`);
    });
    return tree`(${random.pick(['', '', '!', '-'])}${operand()}${more})`;
  }

  private letIn(kind: Kind, depth: number, scope: Scope): Tree {
    const { random } = this;
    const bound = random.times(
      1 + random.below(3),
      (): Variable => ({ name: random.pick(variableNames.slice(0, 11)), kind: this.anyKind() }),
    );
    const unique = bound.filter((v, i) => bound.findIndex((w) => w.name === v.name) === i);
    const inside = [...scope, ...unique];
    // A binding rarely refers to itself or to later ones: most such references are infinite recursion.
    const bindings = unique.map((v, i) =>
      optional(
        tree`${v.name} = ${this.value(
          v.kind,
          depth,
          random.chance(0.06) ? inside : [...scope.filter((s) => !unique.some((u) => u.name === s.name)), ...unique.slice(0, i)],
        )}; `,
      ),
    );
    return tree`(let ${bindings}in ${this.value(kind, depth, inside)})`;
  }

  private formals(kind: Kind, depth: number, scope: Scope): Tree {
    const { random } = this;
    const names = ['a', 'b', 'c', 'x'].filter(() => random.chance(0.6));
    const kinds = names.map((name): Variable => ({ name, kind: 'any' }));
    const at = random.pick(['', '', '@args', 'all@']);
    const formals = names.map((name) =>
      optional(
        random.chance(0.6)
          ? tree`${name} ? ${this.value('any', depth - 1, [...scope, ...(random.chance(0.3) ? kinds : [])])}, `
          : tree`${name}, `,
      ),
    );
    const inside = [...scope, ...kinds, ...(at ? [{ name: at.replace('@', ''), kind: 'set' as Kind }] : [])];
    const open = random.chance(0.75);
    const pattern = tree`{ ${formals}${open ? '...' : 'last ? 1'} }`;
    return at === 'all@'
      ? tree`(all@${pattern}: ${this.value(kind, depth, inside)})`
      : tree`(${pattern}${at}: ${this.value(kind, depth, inside)})`;
  }

  private set(depth: number, scope: Scope): Tree {
    const { random } = this;
    const recursive = random.chance(0.2);
    const kinds = random.times(
      random.below(4),
      (): Variable => ({ name: random.pick(['a', 'b', 'c', 'x', 'y', 'd']), kind: this.anyKind() }),
    );
    const unique = kinds.filter((v, i) => random.chance(0.02) || kinds.findIndex((w) => w.name === v.name) === i);
    const inside = recursive ? [...scope, ...unique.slice(0, 1)] : scope;
    const bindings = unique.map((v, i) => {
      const value = this.value(v.kind, depth - 1, i === 0 ? scope : inside);
      switch (random.below(12)) {
        case 0:
          return optional(tree`\${${this.value('name', 0, scope)}} = ${value}; `);
        case 1:
          return optional(tree`${v.name}.${random.pick(['a', 'b', '"q r"', '${"z"}'])} = ${value}; `);
        case 2:
          return optional(tree`inherit (${this.value('set', depth - 1, scope)}) ${v.name}; `);
        case 3:
          return optional(tree`"${v.name}" = ${value}; `);
        case 4: {
          const known = random.pick(scope.length > 0 ? scope.map((s) => s.name) : ['map']);
          return optional(tree`inherit ${known}; `);
        }
        default:
          return optional(tree`${v.name} = ${value}; `);
      }
    });
    return tree`${recursive ? '(rec ' : ''}{ ${bindings}}${recursive ? ')' : ''}`;
  }

  private lambda(kind: { fn: readonly Kind[]; to: Kind }, depth: number, scope: Scope): Tree {
    const { random } = this;
    if (kind.fn.length === 1 && random.chance(0.12))
      return tree`builtins.${random.pick([
        'isInt',
        'typeOf',
        'toString',
        'attrNames',
        'length',
        'head',
        'isString',
        'toJSON',
        'tryEval',
        'not',
        'add 1'.split(' ')[0]!,
      ])}`;
    if (kind.fn.length === 1 && random.chance(0.1)) return this.formals(kind.to, depth, scope);
    const names = ['k', 'v', 'w'].slice(0, kind.fn.length);
    return tree`(${names.map((n) => `${n}: `).join('')}${this.value(kind.to, depth, [
      ...scope,
      ...names.map((name, i): Variable => ({ name, kind: kind.fn[i]! })),
    ])})`;
  }

  private builtin(name: string, depth: number, scope: Scope): Tree {
    const { random } = this;
    const inner = (kind: Kind): Tree => this.value(kind, Math.min(depth, 2), scope);
    if (name === 'sort' && random.chance(0.8)) return sort(random, inner);
    if (name === 'replaceStrings' && random.chance(0.8)) return replacement(random, inner);
    const kinds = signatures[name]!.slice(0, -1);
    const given = random.chance(0.02) ? kinds.slice(0, -1) : kinds;
    // Large lists would only slow both sides down.
    const args = given.map(
      (kind) =>
        tree` ${
          kind === 'count' && random.chance(0.9)
            ? this.leaf(kind, [])
            : this.value(kind, Math.min(depth, kind === 'any' ? depth : 2), scope)
        }`,
    );
    return tree`(${globals.has(name) ? '' : 'builtins.'}${name}${args})`;
  }

  private specific(kind: Kind, depth: number, scope: Scope): Tree {
    const { random } = this;
    if (typeof kind !== 'string') {
      if ('fn' in kind) return this.lambda(kind, depth, scope);
      return this.list(kind.list, depth, scope);
    }
    const inner = (k: Kind): Tree => this.value(k, depth, scope);
    const makers = returning.get(kind);
    if (makers && random.chance(0.5)) return this.builtin(random.pick(makers), depth, scope);
    switch (kind) {
      case 'int':
      case 'float':
      case 'num':
        return random.chance(0.12)
          ? tree`(-${inner(kind)})`
          : tree`(${inner(kind)} ${random.pick(['+', '-', '*', '/', '+', '-'])} ${inner(random.chance(0.8) ? kind : 'num')})`;
      case 'bool':
        return this.bool(depth, scope);
      case 'string':
        return this.string(depth, scope);
      case 'path':
        return random.chance(0.6)
          ? tree`(${inner('path')} + ${inner(random.chance(0.8) ? 'absolute' : 'string')})`
          : tree`./in/files/\${${inner('string')}}`;
      case 'set':
        return random.chance(0.4) ? tree`(${inner('set')} // ${inner('set')})` : this.set(depth, scope);
      case 'drv':
        return this.derivation(depth, scope);
      case 'any':
        return this.value(this.anyKind(), depth, scope);
      case 'closure':
        return closure(random, inner);
      case 'pathspec':
        return pathArguments(random, inner);
      case 'searchpath':
        return searchPath(random, inner);
      case 'json':
        return random.chance(0.5) ? tree`(builtins.toJSON ${inner('any')})` : this.leaf(kind, scope);
      default:
        return this.leaf(kind, scope);
    }
  }

  private list(of: Kind, depth: number, scope: Scope): Tree {
    const { random } = this;
    const inner = (k: Kind): Tree => this.value(k, depth, scope);
    switch (random.below(6)) {
      case 0:
        return tree`(${inner(list(of))} ++ ${inner(list(of))})`;
      case 1:
        return tree`(map ${inner(fn('any', of))} ${inner(list('any'))})`;
      case 2:
        return tree`(builtins.genList ${inner(fn('int', of))} ${inner('count')})`;
      case 3:
        return tree`(builtins.filter ${inner(fn(of, 'bool'))} ${inner(list(of))})`;
      default:
        return tree`[ ${this.items(of, random.below(4), depth, scope)}]`;
    }
  }

  private bool(depth: number, scope: Scope): Tree {
    const { random } = this;
    const inner = (k: Kind): Tree => this.value(k, depth, scope);
    const both = this.anyKind();
    switch (random.below(9)) {
      case 0:
        return tree`(${inner('bool')} ${random.pick(['&&', '||', '->'])} ${inner('bool')})`;
      case 1:
        return tree`(!${inner('bool')})`;
      case 2:
      case 3:
        return tree`(${inner(both)} ${random.pick(['==', '!='])} ${inner(random.chance(0.8) ? both : 'any')})`;
      case 4:
        return tree`(${inner('num')} ${random.pick(['<', '<=', '>', '>='])} ${inner('num')})`;
      case 5:
        return tree`(${inner('string')} ${random.pick(['<', '<=', '>', '>='])} ${inner('string')})`;
      case 6:
        return tree`(${inner(list('num'))} ${random.pick(['<', '<=', '>', '>='])} ${inner(list('num'))})`;
      case 7:
        return tree`(${inner(random.chance(0.9) ? 'set' : 'any')} ? ${random.pick([
          'a',
          'b',
          'c.d',
          '${"a"}',
          '"a b"',
          'a.b',
          'a.b.c',
          '${null}',
          'c.${"d"}',
          'or',
          'a ? b',
        ])})`;
      default:
        return tree`(builtins.tryEval ${inner('any')}).success`;
    }
  }

  private string(depth: number, scope: Scope): Tree {
    const { random } = this;
    const inner = (k: Kind): Tree => this.value(k, depth, scope);
    const piece = (): Tree =>
      optional(
        random.chance(0.5)
          ? tree`\${${inner(random.pick(['string', 'string', 'string', 'path', 'drv', 'set', 'any']))}}`
          : tree`${random.pick(['a', ' ', '\\n', '$', 'b c', 'é', '\\"'])}`,
      );
    switch (random.below(7)) {
      case 0:
      case 1:
        return tree`(${inner('string')} + ${inner(random.chance(0.85) ? 'string' : random.pick(['path', 'drv', 'any', 'set'] as const))})`;
      case 2:
      case 3:
        return tree`"${random.times(1 + random.below(3), piece)}"`;
      case 4:
        return tree`''\n  ${random.times(1 + random.below(3), () =>
          optional(
            tree`${random.pick([
              '',
              '  ',
              'x',
              '\t',
              "''$",
              "'''",
              "''\\n",
            ])}\${${inner('string')}}${random.pick(['\n  ', '\n    ', '\n', ' ', ''])}`,
          ),
        )}''`;
      case 5:
        return tree`(${this.derivation(Math.min(depth, 1), scope)}).${random.pick(['outPath', 'drvPath', 'name', 'type', 'outputName'])}`;
      default:
        return tree`(toString ${inner('any')})`;
    }
  }

  /** A fixed-output derivation with a valid or an invalid hash. */
  private fixedOutput(): Tree {
    const { random } = this;
    const part = (name: string, ...choices: string[]): Tree | string =>
      random.chance(0.7) ? optional(tree`${name} = ${random.pick(choices)}; `) : '';
    return tree`(derivation { name = "f"; system = "s"; builder = "b"; ${[
      part(
        'outputHash',
        '"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="',
        '"d41d8cd98f00b204e9800998ecf8427e"',
        '"0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"',
        '""',
        '"sha1:2jmj7l5rSw0yVb/vlWAYkK/YBwk="',
        '"x"',
        'null',
      ),
      part('outputHashAlgo', '"sha256"', '"md5"', '"sha1"', '"sha512"', '"x"', '""', 'null'),
      part('outputHashMode', '"flat"', '"recursive"', '"nar"', '"x"', '""'),
      part('outputs', '[ "out" ]', '[ "dev" ]', '[ "out" "dev" ]', '"out"'),
    ].filter((p): p is Tree => p !== '')}})`;
  }

  private derivation(depth: number, scope: Scope): Tree {
    const inner = (k: Kind): Tree => this.value(k, depth, scope);
    const { random } = this;
    const extra = random.times(random.below(3), () =>
      optional(
        tree`${random.pick([
          'a',
          'b',
          'env',
          'preferLocalBuild',
          'outputs',
          'args',
          '__structuredAttrs',
          '__ignoreNulls',
          'passAsFile',
          'allowedReferences',
          'outputHashAlgo',
          'disallowedReferences',
          'exportReferencesGraph',
          'outputChecks',
          'meta',
          '__json',
          'requiredSystemFeatures',
          '__impure',
          '__contentAddressed',
          'name',
          '"a b"',
          '_u',
          'allowSubstitutes',
          'impureEnvVars',
        ])} = ${inner(random.pick(['any', 'string', 'string', 'drv', 'path', 'bool'] as const))}; `,
      ),
    );
    if (random.chance(0.25)) return this.leaf('drv', scope);
    if (random.chance(0.2)) return this.fixedOutput();
    return tree`(derivation { name = ${inner(
      random.chance(0.5) ? 'name' : 'string',
    )}; system = "s"; builder = ${inner('string')}; ${extra}})`;
  }
}

/** Whether an expression would take too long on either side, or depends on something that differs between runs. */
export function unfit(t: Tree): boolean {
  const text = textOf(t);
  // The whole set would show the builtins that we have beyond Nix's.
  return text.length > 3000 || /\bbuiltins\b(?!\s*\.)/.test(text);
}
