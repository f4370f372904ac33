import type { EvalHost } from './host.ts';
import type { Attrs } from './attrs.ts';
import type { ContextCollector } from './context.ts';
import type { Pos } from '../lang/position.ts';
import type { BuiltinDef, Forced, Value } from './value.ts';

export interface EvaluatorOptions {
  host: EvalHost;
  /** All builtins: `allBuiltins` of builtins/index.ts. */
  builtins: readonly BuiltinDef[];
  /** Enabled experimental features, e.g. `pipe-operators`. */
  features?: ReadonlySet<string>;
  /** `-I` and NIX_PATH: prefix ('' for none) and directory, in order. */
  searchPath?: readonly { prefix: string; path: string }[];
}

/** One evaluation: the host, the builtins, and the files that were parsed and evaluated. */
export class Evaluator {
  readonly host: EvalHost;
  readonly features: ReadonlySet<string>;
  readonly searchPath: readonly { prefix: string; path: string }[];
  /** The set `builtins`. */
  builtins!: Attrs;

  constructor(options: EvaluatorOptions) {
    this.host = options.host;
    this.features = options.features ?? new Set();
    this.searchPath = options.searchPath ?? [];
  }

  /** The value of a Nix file, or of a directory's default.nix; each is evaluated once. */
  evalFile(path: string): Forced { void path; throw new Error('soon'); }
  /** `import path`; same as evalFile, with realisation of what the context asks for already done. */
  importPath(path: string, pos: Pos): Forced { void path; void pos; throw new Error('soon'); }
  /** `scopedImport scope path`; never cached. */
  scopedImport(scope: Attrs, path: string): Forced { void scope; void path; throw new Error('soon'); }
  /** Evaluates a text; relative paths in it start at `basePath`. */
  evalString(text: string, basePath: string, name?: string): Forced { void text; void basePath; void name; throw new Error('soon'); }
  /** Calls a function whose arguments all have defaults or are in `args`, as `nix-build` does; anything else is answered as it is. */
  autoCallFunction(v: Value, args: Attrs): Forced { void v; void args; throw new Error('soon'); }
  /** `<name>` in the search path (also `builtins.findFile` with the default path). Throws a catchable error when nothing is found. */
  findFile(name: string, pos: Pos, searchPath = this.searchPath): string { void name; void pos; void searchPath; throw new Error('soon'); }
  /** Copies a file or tree into the store (once) and answers its store path, which is added to the context. */
  copyPathToStore(path: string, context: ContextCollector, pos: Pos): string { void path; void context; void pos; throw new Error('soon'); }
}
