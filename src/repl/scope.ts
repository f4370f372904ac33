/** What the repl's commands, completion and documentation need of its state. */
import type { Attrs, Forced, Value } from '../evaluator/index.ts';
import type { FlakeEngine } from '../session/engine.ts';

export interface ReplScope {
  readonly engine: FlakeEngine;
  /** The variables. */
  readonly scope: Attrs;
  /** What the last `:l`, `:lf` or `:a` added. */
  readonly lastLoaded: Attrs;
  /** The folder that relative paths start from, as bytes. */
  readonly baseDir: string;
  /** The value of a text, evaluated when it is forced. Throws `eval/syntax` at once. */
  parse(text: string): Value;
  evaluate(text: string): Forced;
  /** In several lines where need be; sets and lists below `maxDepth` as `{ ... }`. */
  print(value: Value, request: { colour: boolean }, maxDepth?: number): string;
  loadFile(path: string): void;
  loadFlake(reference: string): void;
  /** Forgets all variables and loads again what was loaded. Continues after an error, then throws the first. */
  reload(): void;
  /** Makes the attributes of a set variables. */
  addToScope(value: Value): void;
  /** A path that was typed, as an absolute one. */
  absolute(path: string): string;
}
