/**
 * Everything that the rest of bootflake asks of the language and its evaluators (lang, eval, derive, machine). Frozen: nothing else of them
 * is imported elsewhere, and a name is added here or removed only together with the list in test/evaluator/interface.test.ts, until one
 * evaluator takes the place of the two.
 */
export { call } from '../eval/apply.ts';
export { Attrs } from '../eval/attrs.ts';
export { treeValue } from '../eval/builtins/fetch.ts';
export { allBuiltins } from '../eval/builtins/index.ts';
export { printJson } from '../eval/builtins/json-print.ts';
export { coerceToString } from '../eval/coerce.ts';
export { ContextCollector, charsOf, makeString } from '../eval/context.ts';
export { addStep, evalError, finishError, toPosition, typeError } from '../eval/error.ts';
export { Evaluator, type SearchPathEntry } from '../eval/evaluator.ts';
export { force, forceDeep, makeThunk } from '../eval/force.ts';
export type { CopyOptions, DebianArchive, DebianPackageRecord, EvalHost, FileType, RepositorySource, SyntaxCache } from '../eval/host.ts';
export { internalEntries, internalFile } from '../eval/internal-files.ts';
export { isOfferedText } from '../eval/offered-name.ts';
export { type PaintedKind, type PrintOptions, describe, describeType, functionPosition, printValue } from '../eval/print.ts';
export type { EvaluationSettings } from '../eval/settings.ts';
export { type Forced, Lambda, NixPath, PartialApp, PrimOp, type Thunk, type Value, isFunction, isString } from '../eval/value.ts';
export type { AttrsExpr, Binding, Expr } from '../lang/ast.ts';
export { decodeBytes, encodeBytes } from '../lang/bytes.ts';
export { type LintLevel, type LintName, lintLevels, lintNames } from '../lang/lint.ts';
export { nearest } from '../lang/nearest.ts';
export { parse } from '../lang/parser.ts';
export { type Pos, noPos, resolvePos, sourceOf } from '../lang/position.ts';
export { isIdentifier, quoteName, quoteString } from '../lang/quote.ts';
export { IncompleteText } from '../lang/syntax-error.ts';
