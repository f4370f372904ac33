/** Reads the attributes of a derivation: which become environment, which structured JSON, which mean something to Nix itself. */
import { coerceToString } from '../eval/coerce.ts';
import { ContextCollector, type Context } from '../eval/context.ts';
import { Attrs } from '../eval/attrs.ts';
import { JsonError, parseJson } from '../eval/builtins/json-parse.ts';
import { printJson, quoteJson } from '../eval/builtins/json-print.ts';
import { addStep, evalError } from '../eval/error.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { forceBool, forceList, forceString, forceStringNoContext } from '../eval/expect.ts';
import { force } from '../eval/force.ts';
import type { Value } from '../eval/value.ts';
import type { Pos } from '../lang/position.ts';
import { hashAlgorithm, type HashAlgorithm } from '../nix-format/hash.ts';
import { STRUCTURED_ATTRS } from '../nix-format/structured-attrs.ts';
import type { ContentMethod } from '../nix-format/store-path.ts';

export interface DerivationAttrs {
  builder: string;
  system: string;
  args: string[];
  /** Sorted. */
  outputs: string[];
  outputHash: string | undefined;
  outputHashAlgo: HashAlgorithm | undefined;
  hashMode: ContentMethod | undefined;
  env: Map<string, string>;
  context: Context;
}

/** Evaluates every attribute, in the order of their names. `name` has been checked. */
export function readDerivationAttrs(ev: Evaluator, name: string, attrs: Attrs, pos: Pos): DerivationAttrs {
  return new Reader(ev, name, attrs, pos).read();
}

const UNSTRUCTURED_CHECKS = new Set([
  'allowedReferences',
  'allowedRequisites',
  'disallowedReferences',
  'disallowedRequisites',
  'maxSize',
  'maxClosureSize',
]);

class Reader {
  private readonly context = new ContextCollector();
  private readonly result: DerivationAttrs = {
    builder: '',
    system: '',
    args: [],
    outputs: ['out'],
    outputHash: undefined,
    outputHashAlgo: undefined,
    hashMode: undefined,
    env: new Map(),
    context: new Set(),
  };
  private readonly json: string[] | undefined;

  constructor(
    private readonly ev: Evaluator,
    private readonly name: string,
    private readonly attrs: Attrs,
    private readonly pos: Pos,
  ) {
    this.json = this.flag('__structuredAttrs') ? [] : undefined;
  }

  read(): DerivationAttrs {
    const ignoreNulls = this.flag('__ignoreNulls');
    for (const [key, value, at] of this.attrs.entries()) {
      if (key === '__ignoreNulls') continue;
      try {
        if (ignoreNulls && force(value) === null) continue;
        this.attribute(key, value, at);
      } catch (error) {
        addStep(error, `while evaluating attribute '${key}' of derivation '${this.name}'`, at);
        throw error;
      }
    }
    if (this.json) this.result.env.set(STRUCTURED_ATTRS, `{${this.json.join(',')}}`);
    this.result.context = this.context.context;
    return this.result;
  }

  private flag(key: string): boolean {
    const value = this.attrs.get(key);
    return value !== undefined && forceBool(value, this.pos, `the \`${key}\` attribute passed to builtins.derivationStrict`);
  }

  private attribute(key: string, value: Value, at: Pos): void {
    if (key === '__contentAddressed' || key === '__impure') {
      if (forceBool(value, at, '')) throw this.unsupported(key, at);
    } else if (key === 'args') {
      for (const element of forceList(value, at, '')) {
        this.result.args.push(
          coerceToString(this.ev, element, this.context, { coerceMore: true, copyToStore: true }, at, 'an element of the argument list'),
        );
      }
    } else if (this.json) this.structured(key, value, at);
    else this.plain(key, value, at);
  }

  private unsupported(key: string, at: Pos): Error {
    const feature = key === '__impure' ? 'impure-derivations' : 'ca-derivations';
    return evalError(
      'eval/unsupported-feature',
      `the derivation '${this.name}' sets ${key}: the experimental Nix feature '${feature}' is not supported`,
      at,
      key === '__impure'
        ? `remove ${key}; what a build may fetch is named by a hash (outputHash)`
        : `remove ${key}: the derivation is then addressed by its inputs`,
    );
  }

  private plain(key: string, value: Value, at: Pos): void {
    const text = coerceToString(this.ev, value, this.context, { coerceMore: true, copyToStore: true }, at);
    this.result.env.set(key, key === STRUCTURED_ATTRS ? this.structuredText(text, at) : text);
    switch (key) {
      case 'builder':
        this.result.builder = text;
        break;
      case 'system':
        this.result.system = text;
        break;
      case 'outputHash':
        this.result.outputHash = text;
        break;
      case 'outputHashAlgo':
        this.setHashAlgorithm(text);
        break;
      case 'outputHashMode':
        this.setHashMode(text, at);
        break;
      case 'outputs':
        this.setOutputs(
          text.split(/[ \t\n\r]+/).filter((output) => output !== ''),
          at,
        );
        break;
    }
  }

  /** As Nix: an attribute `__json` of a derivation that isn't structured is its structured attributes, and is written as all JSON is. */
  private structuredText(text: string, at: Pos): string {
    let fault = 'type must be object';
    try {
      const value = parseJson(text);
      if (value instanceof Attrs) return printJson(this.ev, value, this.context, at);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      fault = error.message;
    }
    throw evalError('eval/bad-derivation', `cannot process ${STRUCTURED_ATTRS} attribute: ${fault}`, at);
  }

  private structured(key: string, value: Value, at: Pos): void {
    if (key === '__structuredAttrs') return;
    this.json!.push(`${quoteJson(key, at)}:${printJson(this.ev, value, this.context, at)}`);
    switch (key) {
      case 'builder':
        this.result.builder = forceString(value, at, '', this.context);
        break;
      case 'system':
        this.result.system = forceStringNoContext(value, at, '');
        break;
      case 'outputHash':
        this.result.outputHash = forceStringNoContext(value, at, '');
        break;
      case 'outputHashAlgo':
        this.setHashAlgorithm(forceStringNoContext(value, at, ''));
        break;
      case 'outputHashMode':
        this.setHashMode(forceStringNoContext(value, at, ''), at);
        break;
      case 'outputs':
        this.setOutputs(
          forceList(value, at, '').map((output) => forceStringNoContext(output, at, '')),
          at,
        );
        break;
    }
    if (UNSTRUCTURED_CHECKS.has(key)) {
      this.ev.host.warn(
        `in derivation '${this.name}': 'structuredAttrs' disables the effect of the derivation attribute '${key}'; use ` +
          `'outputChecks.<output>.${key}' instead`,
      );
    }
  }

  /** As Nix: an unknown algorithm counts as none. */
  private setHashAlgorithm(text: string): void {
    this.result.outputHashAlgo = text === '' ? undefined : hashAlgorithm(text);
  }

  private setHashMode(text: string, at: Pos): void {
    if (text === 'recursive' || text === 'nar') this.result.hashMode = 'nar';
    else if (text === 'flat') this.result.hashMode = 'flat';
    else if (text === 'text' || text === 'git') {
      const feature = text === 'text' ? 'dynamic-derivations' : 'git-hashing';
      throw evalError(
        'eval/unsupported-feature',
        `the derivation '${this.name}' sets outputHashMode = "${text}": the experimental Nix feature '${feature}' is not supported`,
        at,
      );
    } else throw evalError('eval/bad-derivation', `invalid value '${text}' for 'outputHashMode' attribute`, at);
  }

  private setOutputs(outputs: string[], at: Pos): void {
    const seen = new Set<string>();
    for (const output of outputs) {
      if (seen.has(output)) throw evalError('eval/bad-derivation', `duplicate derivation output '${output}'`, at);
      if (output === 'drvPath') throw evalError('eval/bad-derivation', "invalid derivation output name 'drvPath'", at);
      seen.add(output);
    }
    if (seen.size === 0) throw evalError('eval/bad-derivation', 'derivation cannot have an empty set of outputs', at);
    this.result.outputs = [...seen].sort();
  }
}
