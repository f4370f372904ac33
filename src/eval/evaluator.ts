import { resolveInParts, resolveVariables } from '../lang/resolve.ts';
import type { Expr } from '../lang/ast.ts';
import { parse, parseDefinitions, parseInParts, type ParsedFile, type ParseOptions } from '../lang/parser.ts';
import { BootflakeError } from '../base/errors.ts';
import { digest } from '../nix-format/hash.ts';
import { encodeBytes } from '../lang/bytes.ts';
import type { Lints } from '../lang/lint.ts';
import { noPos, type Pos } from '../lang/position.ts';
import { call } from './apply.ts';
import { Attrs, AttrsBuilder } from './attrs.ts';
import { normalizePath } from '../lang/paths.ts';
import { compile } from './compile/index.ts';
import type { ContextCollector } from './context.ts';
import { CallDepth } from './call-depth.ts';
import { internalFiles, internalPrefix } from './internal-files.ts';
import { addStep, catchableError, evalError, finishError, placedAt } from './error.ts';
import { force, makeThunk } from './force.ts';
import { defaultEvaluationSettings, type EvaluationSettings } from './settings.ts';
import type { EvalHost } from './host.ts';
import { Env, Lambda, PrimOp, type BuiltinDef, type Forced, type Thunk, type Value } from './value.ts';

export interface SearchPathEntry {
  /** '' for none. */
  prefix: string;
  path: string;
}

export interface EvaluatorOptions {
  host: EvalHost;
  /** All builtins: `allBuiltins` of builtins/index.ts. */
  builtins: readonly BuiltinDef[];
  /** Enabled experimental features, e.g. `pipe-operators`. */
  features?: ReadonlySet<string>;
  /** `-I` and NIX_PATH, in order. */
  searchPath?: readonly SearchPathEntry[];
  /** Where the path of a search path's entry leads; undefined leaves the entry out. Without it, paths are absolute. */
  locate?: (path: string) => string | undefined;
  /** Nix's defaults unless given. */
  settings?: EvaluationSettings;
  /** Called whenever a function is; throws to end the evaluation. Costs time: only for who must be able to stop. */
  checkpoint?: () => void;
}

/** Another evaluator of texts that stand for themselves, which returns what this one would; see src/machine. */
export interface FastEvaluator {
  evalFile(path: string): Forced;
  /** Throws at once what is wrong with the text's syntax or variables; the function that it returns evaluates it. */
  prepareText(text: string, basePath: string, name: string): () => Forced;
  forgetFiles(): void;
}

/** To be raised when the grammar changes: what is known of the parts of texts is then learnt anew. */
const SYNTAX_REVISION = 2;

/** One evaluation: the host, the builtins, and the files that were evaluated. */
export class Evaluator {
  readonly host: EvalHost;
  readonly features: ReadonlySet<string>;
  readonly searchPath: readonly SearchPathEntry[];
  /** The set `builtins`. */
  readonly builtins: Attrs;
  /** What is in scope everywhere. */
  readonly globals: ReadonlyMap<string, Value>;
  readonly checkpoint: (() => void) | undefined;
  readonly settings: EvaluationSettings;
  /** Counts calls, where there is a limit. */
  readonly callDepth: CallDepth | undefined;
  /** Where a path of the search path, or one that is named like its entries, leads. */
  readonly locate: (path: string) => string | undefined;
  /** Evaluates files and texts, if there is one. */
  fast: FastEvaluator | undefined;
  /** All but the text itself that decides what a text's tree is. */
  readonly syntaxStamp: string;
  private readonly lints: Lints | undefined;
  /** Values of files by the paths that were asked for. */
  private readonly imported = new Map<string, Forced>();
  /** By the files that were evaluated, of which one may replace another. */
  private readonly files = new Map<string, Forced>();
  private readonly storePaths = new Map<string, string>();
  private readonly rootEnv = new Env(null, undefined, undefined);

  constructor(options: EvaluatorOptions) {
    this.host = options.host;
    this.features = options.features ?? new Set();
    this.searchPath = options.searchPath ?? [];
    this.checkpoint = options.checkpoint;
    this.settings = options.settings ?? defaultEvaluationSettings;
    this.callDepth = this.settings.maxCallDepth === undefined ? undefined : new CallDepth(this.settings.maxCallDepth);
    const { lints } = this.settings;
    this.lints = Object.values(lints).some((level) => level !== 'ignore')
      ? { levels: lints, warn: (message) => (this.host.lint ?? this.host.warn).call(this.host, encodeBytes(message)) }
      : undefined;
    this.locate = options.locate ?? ((path) => path);
    const globals = new Map<string, Value>();
    const builder = new AttrsBuilder();
    for (const def of options.builtins) {
      if (def.feature !== undefined && !this.features.has(def.feature)) continue;
      if (def.impure && this.host.pureEval) continue;
      const value: Value = def.args.length === 0 ? makeThunk(() => def.run(this, noPos)) : new PrimOp(this, this.counted(def));
      builder.set(def.name, value);
      globals.set(def.global ? def.name : `__${def.name}`, value);
    }
    builder.set(
      'builtins',
      makeThunk(() => this.builtins),
    );
    this.builtins = builder.build();
    globals.set('builtins', this.builtins);
    this.globals = globals;
    // Which names are in scope decides whether a variable of a text is an undefined one.
    this.syntaxStamp = JSON.stringify([SYNTAX_REVISION, [...this.features].sort(), [...globals.keys()]]);
  }

  /** The builtin, whose calls count where there is a limit. */
  private counted(def: BuiltinDef): BuiltinDef {
    const { callDepth } = this;
    return callDepth ? { ...def, run: (ev, pos, ...args) => callDepth.within(pos, () => force(def.run(ev, pos, ...args))) } : def;
  }

  /** Runs an evaluation from outside: errors get their positions and traces, a stack overflow becomes a clear error. */
  toplevel<T>(evaluate: () => T): T {
    try {
      return evaluate();
    } catch (error) {
      throw finishError(error);
    }
  }

  /** The value of a Nix file, or of a directory's default.nix; each is evaluated once. */
  evalFile(path: string): Forced {
    if (this.fast) return this.fast.evalFile(path);
    const asked = this.imported.get(path);
    if (asked !== undefined) return asked;
    const file = this.fileToEvaluate(path);
    let value = this.files.get(file);
    if (value === undefined) {
      value = this.evalText(this.readSource(file), dirOf(file), file, null);
      this.files.set(file, value);
    }
    this.imported.set(path, value);
    return value;
  }

  /** `import path`; what the path's context asks for must be realised already. */
  importPath(path: string, pos: Pos): Forced {
    try {
      return this.evalFile(path);
    } catch (error) {
      addStep(error, `while importing '${path}'`, pos);
      throw error;
    }
  }

  /** `scopedImport scope path`; evaluated anew each time. */
  scopedImport(scope: Attrs, path: string): Forced {
    const file = this.fileToEvaluate(path);
    return this.evalText(this.readSource(file), dirOf(file), file, scope);
  }

  /** Evaluates a text; relative paths in it start at `basePath`. The scope's attributes are variables of the text. */
  evalString(text: string, basePath: string, name = stringName, scope: Attrs | null = null): Forced {
    return this.fast && !scope ? this.fast.prepareText(text, basePath, name)() : this.evalText(text, basePath, name, scope);
  }

  /** The text's value, evaluated when it is asked for. That it has no wrong syntax and no unknown variable is found out at once. */
  delayString(text: string, basePath: string, name = stringName, scope: Attrs | null = null): Thunk {
    if (this.fast && !scope) return makeThunk(this.fast.prepareText(text, basePath, name));
    return makeThunk(this.prepare(this.parseText(text, basePath, name), scope));
  }

  /** The set of a text of definitions (`a = 1; inherit (x) y`); lazy, not recursive. */
  evalDefinitions(text: string, basePath: string, scope: Attrs): Attrs {
    return this.prepare(parseDefinitions(stringName, text, this.parseOptions(basePath)), scope)() as Attrs;
  }

  /** Files that changed are read again from now on; values stay as they are. */
  forgetFiles(): void {
    this.fast?.forgetFiles();
    this.imported.clear();
    this.files.clear();
    this.storePaths.clear();
  }

  /** Calls a function whose arguments all have defaults or are in `args`, as `nix-build` does; anything else is answered as it is. */
  autoCallFunction(v: Value, args: Attrs): Forced {
    const fn = force(v);
    if (fn instanceof Attrs && fn.has('__functor')) return this.autoCallFunction(call(fn.get('__functor')!, fn), args);
    if (!(fn instanceof Lambda) || !fn.info.formals) return fn;
    const { names, optional, ellipsis } = fn.info.formals;
    if (ellipsis) return call(fn, args);
    const builder = new AttrsBuilder();
    names.forEach((name, i) => {
      const value = args.get(name);
      if (value !== undefined) builder.set(name, value, args.posOf(name));
      else if (!optional[i]) {
        throw evalError(
          'eval/wrong-arguments',
          `cannot evaluate a function that has an argument without a value ('${name}')`,
          fn.info.formals!.positions[i]!,
          `give it with --arg ${name} EXPR or --argstr ${name} TEXT`,
        );
      }
    });
    return call(fn, builder.build());
  }

  /** `<name>` in a search path. Throws a catchable error when nothing is found. */
  findFile(name: string, pos: Pos, searchPath: readonly SearchPathEntry[] = this.searchPath): string {
    for (const { prefix, path } of searchPath) {
      // `..` in what follows the prefix does not lead out of where the prefix points.
      let rest: string;
      if (prefix === '') rest = normalizePath(`/${name}`);
      else if (name === prefix) rest = '';
      else if (name.startsWith(`${prefix}/`)) rest = normalizePath(name.slice(prefix.length));
      else continue;
      const start = this.locate(path);
      if (start === undefined) continue;
      const found = normalizePath(start + rest);
      if (this.host.fileType(found) !== undefined) return found;
    }
    if (internalFiles.has(name)) return `${internalPrefix}${name}`;
    const known = this.host.pureEval
      ? 'pure evaluation knows no search path; make it an input of the flake'
      : searchPath.length > 0
        ? `searched: ${searchPath.map((e) => (e.prefix ? `${e.prefix}=${e.path}` : e.path)).join(', ')}`
        : 'the search path (-I, NIX_PATH) is empty';
    throw catchableError('eval/not-in-search-path', `file '${name}' was not found in the Nix search path`, pos, known);
  }

  /** Copies a file or tree into the store (once) and returns its store path, which is added to the context. */
  copyPathToStore(path: string, context: ContextCollector, pos: Pos): string {
    if (path.endsWith('.drv')) throw evalError('eval/drv-name', `file names are not allowed to end in '.drv': '${path}'`, pos);
    let storePath = this.storePaths.get(path);
    if (storePath === undefined) {
      try {
        storePath = this.host.addToStore(path.slice(path.lastIndexOf('/') + 1) || 'source', path, { recursive: true, keepLink: true });
      } catch (error) {
        const isMissing = error instanceof BootflakeError && error.code === 'io/no-such-file' && this.host.fileType(path) === undefined;
        throw isMissing ? evalError('eval/missing-path', `path '${path}' does not exist`, pos) : placedAt(error, pos);
      }
      this.storePaths.set(path, storePath);
    }
    context.add(storePath);
    return storePath;
  }

  /** As `readSource`, in bytes. */
  readSourceBytes(file: string): Uint8Array {
    if (this.host.readBytes && !file.startsWith(internalPrefix)) return this.host.readBytes(file);
    return Buffer.from(this.readSource(file), 'latin1');
  }

  /** The text of a file that `fileToEvaluate` answered. */
  readSource(file: string): string {
    if (file.startsWith(internalPrefix)) return internalFiles.get(file.slice(internalPrefix.length))!;
    return this.host.readFile(file);
  }

  /** The file that is evaluated when `path` is imported. */
  fileToEvaluate(path: string): string {
    if (path.startsWith(internalPrefix)) return path;
    const file = this.fileToImport(path);
    return this.host.replacement?.(file) ?? file;
  }

  /** Follows a last symlink, and goes from a directory to its default.nix. */
  private fileToImport(path: string): string {
    let file = path;
    for (let hops = 0; ; hops++) {
      const type = this.host.fileType(file);
      if (type === 'directory') return file === '/' ? '/default.nix' : `${file}/default.nix`;
      if (type !== 'symlink') return file;
      if (hops > 1000) throw evalError('eval/symlink-loop', `too many symbolic links while following '${path}'`, noPos);
      const target = this.host.readLink(file);
      file = normalizePath(target.startsWith('/') ? target : `${dirOf(file)}/${target}`);
    }
  }

  private evalText(text: string, basePath: string, file: string, scope: Attrs | null): Forced {
    if (!scope) return compile(this, this.globals, this.parseInParts(file, text, this.parseOptions(basePath)))(this.rootEnv) as Forced;
    return this.prepare(this.parseText(text, basePath, file), scope)();
  }

  /** A text's tree with its variables resolved; relative paths stay so, those of `~` begin where `home` says. */
  parseWhole(text: string, file: string, home: () => string): ParsedFile {
    const parsed = parse(file, text, { ...this.parseOptions('/'), home, relative: true });
    resolveVariables(parsed.expr, this.globals, null);
    return parsed;
  }

  private parseText(text: string, basePath: string, file: string): Expr {
    return parse(file, text, this.parseOptions(basePath)).expr;
  }

  private parseOptions(basePath: string): ParseOptions {
    const options: ParseOptions = { basePath, home: () => this.home(), pipes: this.features.has('pipe-operators') };
    // What is read again later would be told again.
    return this.lints ? { ...options, lints: this.lints, leastPart: Infinity } : options;
  }

  /** Resolves the tree's variables; what is answered evaluates it. */
  private prepare(expr: Expr, scope: Attrs | null): () => Forced {
    resolveVariables(expr, this.globals, scope ? scope.shape.keys : null);
    const env = scope ? new Env(this.rootEnv, scope.values.slice(), undefined) : this.rootEnv;
    return () => compile(this, this.globals, expr)(env) as Forced;
  }

  private parseInParts(file: string, text: string, options: ParseOptions): Expr {
    const syntaxCache = text.length < SHORT || this.lints ? undefined : this.host.syntaxCache;
    const key = syntaxCache && digestKey(this.syntaxStamp, text);
    const known = key === undefined ? undefined : syntaxCache!.find(key);
    const { expr, parts } = parseInParts(file, text, options, known ?? null);
    resolveInParts(expr, parts, this.globals);
    const ranges = parts.close();
    if (!known && key !== undefined && parts.portable && ranges.length > 0) syntaxCache!.add(key, ranges);
    return expr;
  }

  private home(): string {
    const home = this.host.pureEval ? '' : this.host.getEnv('HOME');
    if (!home) throw evalError('eval/no-home', "a path that begins with '~/' can not be resolved in pure evaluation mode", noPos);
    return home;
  }
}

/** A text of less is parsed sooner than what is known of it is found. */
const SHORT = 400;

const stringName = '\xc2\xabstring\xc2\xbb';

function digestKey(stamp: string, text: string): string {
  return digest('sha256', `${stamp}\0${text}`).toString('latin1');
}

/** The folder of a file, by an absolute path. */
export function dirOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
