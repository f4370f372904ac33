/** The state of a read-evaluate-print loop, in the evaluator's worker: the variables in scope and the loaded files and flakes. */
import { isAbsolute, resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import {
  Attrs,
  decodeBytes,
  describe,
  encodeBytes,
  force,
  type Forced,
  IncompleteText,
  noPos,
  printValue,
  quoteName,
  typeError,
  type Value,
} from '../evaluator/index.ts';
import type { FlakeEngine } from '../session/engine.ts';
import { selectInstallable } from '../outputs/evaluate.ts';
import { autoArguments, evaluateFile } from '../outputs/evaluate-expression.ts';
import { parseAttrPath } from '../flake/attr-path.ts';
import { parseInstallable } from '../flake/installable.ts';
import { selectInExpression } from '../outputs/select-in-expression.ts';
import type { EvalArgument, ReplCompletion, ReplReply, ReplRequest, ReplStart } from '../session/session-types.ts';
import { findCommand } from './commands.ts';
import { complete } from './complete.ts';
import { Interrupted } from './interrupted.ts';
import { paintFor } from './paint.ts';
import type { ReplScope } from './scope.ts';

/** Something loaded, which `:r` loads again. */
interface Load {
  what: string;
  value(): Value;
}

const mostNamesShown = 20;

export class ReplSession implements ReplScope {
  scope = Attrs.empty;
  lastLoaded = Attrs.empty;
  private loads: Load[] = [];
  private args: Record<string, EvalArgument> = {};

  /** `note` is called with what is being loaded. */
  constructor(
    readonly engine: FlakeEngine,
    readonly note: (line: string) => void,
  ) {}

  respond(request: ReplRequest): ReplReply {
    try {
      if (request.type === 'line') return this.line(request);
      this.start(request);
      return {};
    } catch (error) {
      throw error instanceof Interrupted ? new BootflakeError({ code: 'repl/interrupted', message: 'interrupted by the user' }) : error;
    }
  }

  complete(text: string): ReplCompletion {
    return complete(this, text);
  }

  private start({ installables, file, expr, args }: ReplStart): void {
    this.args = args ?? {};
    const { evaluator } = this.engine;
    if (file !== undefined) this.loadParts(`'${file}'`, () => this.file(file), installables);
    else if (expr !== undefined) this.loadParts(`'${expr}'`, () => evaluator.evalString(encodeBytes(expr), this.baseDir), installables);
    else
      for (const installable of installables)
        this.load({ what: `installable '${installable}'`, value: () => this.installable(installable) });
  }

  private line(request: ReplRequest & { type: 'line' }): ReplReply {
    const text = request.text.trim();
    if (text === '') return {};
    if (text.startsWith(':')) {
      const [, name = '', argument = ''] = /^(:\S*)\s*([\s\S]*)$/.exec(text) ?? [];
      return this.command(name, argument, request);
    }
    return this.expressionOrDefinitions(text, request);
  }

  private command(name: string, argument: string, request: ReplRequest & { type: 'line' }): ReplReply {
    try {
      return findCommand(name).run(this, argument, request) ?? {};
    } catch (error) {
      if (error instanceof IncompleteText && !request.final) return { incomplete: true };
      throw error;
    }
  }

  /** Evaluates an expression, else definitions. Of two syntax errors the one further on is reported, as it is more helpful. */
  private expressionOrDefinitions(text: string, request: ReplRequest & { type: 'line' }): ReplReply {
    let value: Value;
    try {
      value = this.parse(text);
    } catch (error) {
      if (error instanceof IncompleteText) {
        if (request.final) throw error;
        return { incomplete: true };
      }
      if (!(error instanceof BootflakeError) || error.code !== 'eval/syntax') throw error;
      return this.define(text, error, request);
    }
    return { output: this.print(value, request, 1) };
  }

  private define(text: string, notAnExpression: BootflakeError, request: ReplRequest & { type: 'line' }): ReplReply {
    let added: Attrs;
    try {
      added = this.engine.evaluator.evalDefinitions(encodeBytes(text), this.baseDir, this.scope);
    } catch (error) {
      if (error instanceof IncompleteText && !request.final) return { incomplete: true };
      throw error instanceof BootflakeError && error.code === 'eval/syntax' && !isFurther(error, notAnExpression) ? notAnExpression : error;
    }
    this.scope = this.scope.update(added);
    return { changed: true };
  }

  get baseDir(): string {
    return encodeBytes(this.engine.options.baseDir);
  }

  parse(text: string): Value {
    return this.engine.evaluator.delayString(encodeBytes(text), this.baseDir, undefined, this.scope);
  }

  evaluate(text: string): Forced {
    return force(this.parse(text));
  }

  print(value: Value, request: { colour: boolean }, maxDepth = Infinity): string {
    const paint = paintFor(request.colour);
    return decodeBytes(printValue(value, { style: 'eval', force: true, inlineErrors: true, indent: 2, maxDepth, ...(paint && { paint }) }));
  }

  loadFile(path: string): void {
    this.engine.forgetFiles();
    this.load({ what: `'${path}'`, value: () => this.file(path) }, { quiet: true });
  }

  loadFlake(reference: string): void {
    this.load(
      { what: `flake '${reference}'`, value: () => this.engine.openFlake(this.engine.parseRef(reference), { nixConfig: false }).value },
      { quiet: true },
    );
  }

  reload(): void {
    this.engine.forgetFiles();
    this.scope = Attrs.empty;
    const errors: unknown[] = [];
    for (const load of [...this.loads]) {
      try {
        this.load(load);
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  addToScope(value: Value): void {
    const attrs = force(value);
    if (!(attrs instanceof Attrs)) throw typeError(`only a set can be added to the scope, but this is ${describe(attrs)}`, noPos);
    this.scope = this.scope.update(attrs);
    this.lastLoaded = attrs;
    const names = attrs.names();
    this.note(`Added ${names.length} variables.`);
    if (names.length > 0)
      this.note(
        names
          .slice(0, mostNamesShown)
          .map((name) => decodeBytes(quoteName(name)))
          .join(', '),
      );
    if (names.length > mostNamesShown) this.note(`... and ${names.length - mostNamesShown} more; view with :ll`);
  }

  /** Records the load before evaluating it, so that a file with an error can be fixed and loaded by `:r`. */
  private load(load: Load, options: { quiet?: boolean } = {}): void {
    this.loads = [...this.loads.filter(({ what }) => what !== load.what), load];
    if (!options.quiet) this.note(`Loading ${load.what}...`);
    this.addToScope(load.value());
  }

  /** Loads a value, or the named ones of its attributes. */
  private loadParts(what: string, value: () => Value, attrPaths: string[]): void {
    if (attrPaths.length === 0) return this.load({ what, value });
    for (const path of attrPaths)
      this.load({ what: `${what} ${path}`, value: () => selectInExpression(value(), parseAttrPath(path), what).value });
  }

  private file(path: string): Forced {
    return this.engine.evaluator.autoCallFunction(evaluateFile(this.engine, path), autoArguments(this.engine, this.args));
  }

  private installable(text: string): Value {
    const installable = parseInstallable(text, this.engine.options.baseDir);
    const opened = this.engine.openFlake(installable.ref);
    if (installable.fragment === '') return this.engine.outputsOf(opened);
    return selectInstallable(this.engine, opened, installable, { images: false }).value;
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : resolve(this.engine.options.baseDir, path);
  }
}

function isFurther(a: BootflakeError, b: BootflakeError): boolean {
  const place = ({ position }: BootflakeError): number => (position ? position.line * 1e6 + position.column : 0);
  return place(a) >= place(b);
}
