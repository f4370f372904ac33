/**
 * Syntax tree to JavaScript closures: one closure a node, made for its case (how deep a variable lies, how many arguments a
 * call has). Bodies of functions and thunks are compiled when first run, as most of a large program never is.
 */
import type { AssertExpr, CurPosExpr, Expr, IfExpr, WithExpr } from '../../lang/ast.ts';
import { readLater } from '../../lang/read-later.ts';
import { resolvePos, sourceOf, type Pos } from '../../lang/position.ts';
import { arithmetic } from '../arithmetic.ts';
import { callMany } from '../apply.ts';
import { Attrs } from '../attrs.ts';
import { catchableError } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import { explainInequality } from '../inequality.ts';
import { noteThunkSite } from '../thunk-site.ts';
import { Env, NixFloat, NixPath, type Code, type Value } from '../value.ts';
import { applyCode } from './apply.ts';
import type { Compiler } from './compiler.ts';
import { constant, Delay, make, thunkKind } from './delay.ts';
import { lambdaDelay } from './lambda.ts';
import { binaryCode, conditionCode } from './operator.ts';
import { hasAttrCode, selectCode, selectDelay } from './select.ts';
import { letCode, setCode } from './set.ts';
import { interpolationCode, pathInterpolationCode, searchPathCode } from './text.ts';
import { variableCode, variableDelay } from './variable.ts';

/** Code for a tree whose variables are resolved. */
export function compile(ev: Evaluator, globals: ReadonlyMap<string, Value>, e: Expr): Code {
  return new ClosureCompiler(ev, globals).code(e);
}

class ClosureCompiler implements Compiler {
  constructor(
    readonly ev: Evaluator,
    readonly globals: ReadonlyMap<string, Value>,
  ) {}

  code(e: Expr): Code {
    switch (e.kind) {
      case 'int':
      case 'float':
      case 'string':
      case 'path': {
        const value = constantOf(e);
        return () => value;
      }
      case 'interpolation':
        return interpolationCode(this, e);
      case 'pathInterpolation':
        return pathInterpolationCode(this, e);
      case 'searchPath':
        return searchPathCode(this, e);
      case 'var':
        return variableCode(this, e);
      case 'select':
        return selectCode(this, e);
      case 'hasAttr':
        return hasAttrCode(this, e);
      case 'apply':
        return applyCode(this, e);
      case 'lambda':
        return lambdaDelay(this, e).code as Code;
      case 'let':
        return letCode(this, e);
      case 'attrs':
        return setCode(this, e);
      case 'list':
        return this.list(e.elements);
      case 'with':
        return this.with(e);
      case 'assert':
        return this.assert(e);
      case 'if':
        return this.if(e);
      case 'not': {
        const operand = conditionCode(this, e.operand);
        return (env) => !operand(env);
      }
      case 'negate': {
        const { pos } = e;
        if (e.sub.depth !== -1) {
          const sub = this.code(e.sub);
          const operand = this.delay(e.operand, null);
          return (env) => callMany(sub(env), [0, make(operand, env)], pos);
        }
        const operand = this.code(e.operand);
        return (env) => arithmetic('-', 0, operand(env), pos);
      }
      case 'binary':
        return binaryCode(this, e);
      case 'curPos':
        return curPosCode(e);
      case 'later':
        return this.code(readLater(e));
    }
  }

  lazyCode(e: Expr): Code {
    let code: Code | null = null;
    return (env) => (code ??= this.code(e))(env);
  }

  delay(e: Expr, name: string | null, pos: Pos = e.pos): Delay {
    switch (e.kind) {
      case 'int':
      case 'float':
      case 'string':
      case 'path':
        return constant(constantOf(e));
      case 'var':
        return variableDelay(this, e, this.code(e), name, pos);
      case 'lambda':
        return lambdaDelay(this, e);
      case 'list':
        if (e.elements.length === 0) return constant([]);
        break;
      case 'attrs':
        if (e.bindings.list.length === 0 && e.bindings.dynamic.length === 0) return constant(Attrs.empty);
        break;
      case 'select': {
        const direct = selectDelay(this, e, this.lazyCode(e), name, pos);
        if (direct) return direct;
        break;
      }
    }
    return this.thunk(e, name, pos);
  }

  /** The first thunk that runs compiles the code, for itself and for all thunks that are made later. */
  thunk(e: Expr, name: string | null, pos: Pos = e.pos): Delay {
    let compiled: Code | null = null;
    const first: Code = (env) => {
      if (compiled === null) {
        compiled = this.code(e);
        noteThunkSite(compiled, name, pos);
        delay.code = compiled;
      }
      return compiled(env);
    };
    noteThunkSite(first, name, pos);
    const delay = new Delay(thunkKind, first);
    return delay;
  }

  private list(elements: readonly Expr[]): Code {
    const delays = elements.map((element) => this.delay(element, null));
    const count = delays.length;
    if (count === 0) {
      const empty: Value[] = [];
      return () => empty;
    }
    return (env) => {
      const values: Value[] = new Array(count);
      for (let i = 0; i < count; i++) values[i] = make(delays[i]!, env);
      return values;
    };
  }

  private with(e: WithExpr): Code {
    const attrs = this.delay(e.attrs, null);
    const body = this.code(e.body);
    return (env) => body(new Env(env, make(attrs, env), undefined));
  }

  private assert(e: AssertExpr): Code {
    const condition = conditionCode(this, e.condition);
    const body = this.code(e.body);
    return (env) => {
      if (!condition(env)) throw assertionFailed(e, this.whyUnequal(e.condition, env));
      return body(env);
    };
  }

  /** For an assertion that failed. As Nix does, both sides are evaluated once more, where they aren't values of variables. */
  private whyUnequal(e: Expr, env: Env): string | undefined {
    if (e.kind !== 'binary' || e.op !== '==' || (e.fn && e.fn.depth !== -1)) return undefined;
    return explainInequality(this.code(e.left)(env), this.code(e.right)(env), e.pos);
  }

  private if(e: IfExpr): Code {
    const condition = conditionCode(this, e.condition);
    const then = this.code(e.then);
    const otherwise = this.code(e.otherwise);
    return (env) => (condition(env) ? then(env) : otherwise(env));
  }
}

function constantOf(e: Extract<Expr, { kind: 'int' | 'float' | 'string' | 'path' }>): Value {
  return e.kind === 'float' ? new NixFloat(e.value) : e.kind === 'path' ? new NixPath(e.value, e.pos) : e.value;
}

function assertionFailed(e: AssertExpr, why: string | undefined): Error {
  const source = sourceOf(e.pos);
  // The condition begins behind the keyword.
  const text = source ? source.text.slice(e.pos - source.base + 'assert'.length, e.conditionEnd - source.base).trim() : '';
  return catchableError('eval/assertion-failed', `assertion '${text}' failed${why === undefined ? '' : `: ${why}`}`, e.pos);
}

function curPosCode(e: CurPosExpr): Code {
  return () => {
    const at = resolvePos(e.pos);
    if (!at?.file.startsWith('/')) return null;
    return Attrs.from([
      ['file', at.file],
      ['line', at.line],
      ['column', at.column],
    ]);
  };
}
