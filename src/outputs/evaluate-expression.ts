/** `bootflake eval`, in the worker: evaluates an attribute of a flake, of a file or of an expression, and prints it. */
import { dirname, resolve } from 'node:path';
import {
  Attrs,
  call,
  coerceToString,
  ContextCollector,
  decodeBytes,
  describeType,
  encodeBytes,
  force,
  type Forced,
  forceDeep,
  noPos,
  printJson,
  printValue,
  type Value,
} from '../evaluator/index.ts';
import { readPipe, readStandardInput } from '../system/standard-input.ts';
import { parseAttrPath, printAttrPath } from '../flake/attr-path.ts';
import type { FlakeEngine } from '../session/engine.ts';
import { isDerivation } from './derivation-info.ts';
import { evaluatedAttribute, selectInstallable } from './evaluate.ts';
import { splitOutputs } from '../flake/outputs-spec.ts';
import type { EvaluatedAttribute } from '../session/worker-protocol.ts';
import { flakeError } from '../base/flake-error.ts';
import { indentJson } from './indent-json.ts';
import { parseInstallable } from '../flake/installable.ts';
import { selectInExpression } from './select-in-expression.ts';
import type { DerivationRequest, EvalArgument, EvalRequest } from '../session/session-types.ts';
import { writeStrings } from './write-strings.ts';

/** Evaluates and prints as `nix eval` does. Returns '' when the value was written to files instead. */
export function evaluateExpression(engine: FlakeEngine, request: EvalRequest): string {
  return engine.certainly(() => expressionText(engine, request));
}

/**
 * Evaluates the derivations of an expression or a file, which are then in the store: one, or all of a set or list, as Nix finds them.
 * Throws `flake/not-a-derivation`.
 */
export function evaluateDerivations(engine: FlakeEngine, request: DerivationRequest): EvaluatedAttribute[] {
  return engine.certainly(() => {
    const { rest, outputs } = splitOutputs(request.installable);
    const path = parseAttrPath(rest);
    const what = request.file === undefined ? 'the expression' : `'${request.file}'`;
    const args = autoArguments(engine, request.args);
    const called = (value: Forced): Forced => engine.evaluator.autoCallFunction(value, args);
    const root = rootValue(engine, request);
    const value = path.length === 0 ? called(root) : called(force(selectInExpression(root, path, what, called).slot));
    // Unlike of a flake's attribute, all outputs are meant unless the derivation says which.
    const evaluated = (one: Attrs, at: readonly string[]) => evaluatedAttribute(one, at, outputs, what, 'all');
    const found = new Map<string, EvaluatedAttribute>();
    for (const [at, derivation] of new Derivations(called).in(value, path)) {
      const one = evaluated(derivation, at);
      const same = found.get(one.drvPath);
      found.set(one.drvPath, same ? union(same, one) : one);
    }
    if (found.size === 0) return [evaluatedAttribute(value, path, outputs, what)];
    return [...found.values()].sort((a, b) => (a.drvPath < b.drvPath ? -1 : 1));
  });
}

const INNER_NAME = /^[A-Za-z_][A-Za-z0-9\-_+]*$/;

/** Sets within sets: more are a set without an end, which Nix looks into until its stack is full. */
const DEEPEST = 1000;

/** The derivations in sets and lists. */
class Derivations {
  /** A set may hold itself. */
  private readonly seen = new Set<Forced>();

  /** `called`: the result of a function that takes what `--arg` gives. */
  constructor(private readonly called: (value: Forced) => Forced) {}

  /** The value, if it is a derivation, or those of its attributes or elements, and of sets among them that have `recurseForDerivations`. */
  *in(value: Forced, path: readonly string[]): Generator<[string[], Attrs]> {
    if (isDerivation(value)) return yield [[...path], value];
    if (this.seen.has(value)) return;
    if (path.length > DEEPEST)
      throw flakeError('not-a-derivation', `the sets and lists in each other have no end: ${DEEPEST} levels were looked into`);
    if (Array.isArray(value)) yield* this.ofList(value, path);
    if (!(value instanceof Attrs)) return;
    this.seen.add(value);
    for (const key of value.names()) {
      const name = decodeBytes(key);
      if (!INNER_NAME.test(name)) continue;
      const inner = force(value.get(key)!);
      const isSet = inner instanceof Attrs;
      if (isSet && (isDerivation(inner) || recurses(inner))) yield* this.in(inner, [...path, name]);
    }
  }

  /** A function among the elements of a list is called, one among attributes is not. */
  private *ofList(list: readonly Value[], path: readonly string[]): Generator<[string[], Attrs]> {
    for (const [i, slot] of list.entries()) {
      const at = [...path, String(i)];
      const forced = force(slot);
      const element = isDerivation(forced) ? forced : this.called(forced);
      if (!(element instanceof Attrs) && !Array.isArray(element))
        throw flakeError(
          'not-a-derivation',
          `element '${printAttrPath(at)}' is not a derivation, nor has it any, but is ${describeType(element)}`,
        );
      yield* this.in(element, at);
    }
  }
}

function recurses(set: Attrs): boolean {
  const asked = set.get('recurseForDerivations');
  return asked !== undefined && force(asked) === true;
}

/** One derivation that was found twice. */
function union(a: EvaluatedAttribute, b: EvaluatedAttribute): EvaluatedAttribute {
  return { ...a, outputNames: [...new Set([...a.outputNames, ...b.outputNames])], outputs: { ...a.outputs, ...b.outputs } };
}

function expressionText(engine: FlakeEngine, request: EvalRequest): string {
  const { evaluator } = engine;
  const { baseDir } = engine.options;
  let value = expressionValue(engine, request);
  if (request.apply !== undefined) value = call(evaluator.evalString(encodeBytes(request.apply), encodeBytes(baseDir)), value);
  if (request.writeTo !== undefined) {
    writeStrings(value, resolve(baseDir, request.writeTo));
    return '';
  }
  const context = new ContextCollector();
  switch (request.format) {
    case 'json': {
      const json = decodeBytes(printJson(evaluator, value, context, noPos));
      return request.pretty ? indentJson(json) : json;
    }
    case 'raw':
      return decodeBytes(coerceToString(evaluator, value, context, {}, noPos, 'the value of the expression'));
    case 'strict': {
      const called = evaluator.autoCallFunction(value, autoArguments(engine, request.args));
      return decodeBytes(printValue(forceDeep(called), { style: 'instantiate', force: true }));
    }
    case 'nix':
      return decodeBytes(printValue(value, { style: 'eval', force: true, inlineErrors: true }));
  }
}

function expressionValue(engine: FlakeEngine, request: EvalRequest): Value {
  const { baseDir } = engine.options;
  if (request.file === undefined && request.expr === undefined) {
    const installable = parseInstallable(request.installable ?? '.', baseDir, (message) => engine.loader.warn(message));
    const opened = engine.openFlake(installable.ref);
    return selectInstallable(engine, opened, installable, { images: false }).slot;
  }
  const root = rootValue(engine, request);
  const path = parseAttrPath(request.installable ?? '');
  if (path.length === 0) return root;
  const args = autoArguments(engine, request.args);
  const what = request.file === undefined ? 'the expression' : `'${request.file}'`;
  return selectInExpression(root, path, what, (value) => engine.evaluator.autoCallFunction(value, args)).slot;
}

function rootValue(engine: FlakeEngine, { file, expr = '' }: { file?: string | undefined; expr?: string | undefined }): Forced {
  if (file !== undefined) return evaluateFile(engine, file);
  return engine.evaluator.evalString(encodeBytes(expr), encodeBytes(engine.options.baseDir));
}

/**
 * Evaluates a file of `--file`: a path, `<name>` in the search path, a URL or channel, `-` for standard input, or the path of a pipe
 * (`<(command)` of a shell).
 */
export function evaluateFile(engine: FlakeEngine, file: string): Forced {
  const { evaluator } = engine;
  const { baseDir } = engine.options;
  if (file === '-') return evaluator.evalString(readStandardInput().toString('latin1'), encodeBytes(baseDir), encodeBytes('«stdin»'));
  const piped = readPipe(resolve(baseDir, file));
  if (piped !== undefined)
    return evaluator.evalString(piped.toString('latin1'), encodeBytes(dirname(resolve(baseDir, file))), encodeBytes(file));
  if (/^<.*>$/.test(file)) return evaluator.evalFile(evaluator.findFile(encodeBytes(file.slice(1, -1)), noPos));
  const located = evaluator.locate(encodeBytes(file));
  if (located === undefined) throw flakeError('cannot-fetch', `'${file}' cannot be had`);
  return evaluator.evalFile(located);
}

/** The values of `--arg` and `--argstr`. */
export function autoArguments(engine: FlakeEngine, args: Record<string, EvalArgument> = {}): Attrs {
  const { baseDir } = engine.options;
  return Attrs.from(
    Object.entries(args).map(([name, given]): [string, Value] => [
      encodeBytes(name),
      'text' in given ? encodeBytes(given.text) : engine.evaluator.delayString(encodeBytes(given.expr), encodeBytes(baseDir)),
    ]),
  );
}
