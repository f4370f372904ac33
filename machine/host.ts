/** What the machine asks of JavaScript (src/machine/machine.ts). */

/** Never returns: the evaluation stops. What JavaScript throws unwinds the machine's stack. */
// @ts-ignore: decorator
@external('host', 'fail')
export declare function fail(reason: u32): void;

/** `throw` and failed assertions, which tryEval catches. `message`: a string, or 0. Never returns. */
// @ts-ignore: decorator
@external('host', 'failCatchably')
export declare function failCatchably(message: u32): void;

/** Evaluates `value` (the exported `force`); answers 0 when that failed catchably. */
// @ts-ignore: decorator
@external('host', 'tryForce')
export declare function tryForce(value: u32): u32;

/** The value, which is not lazy, of a lazy one that is JavaScript's. */
// @ts-ignore: decorator
@external('host', 'forceOutside')
export declare function forceOutside(number: u32): u32;

/** Runs a builtin of the other evaluator; the arguments are not yet evaluated. Answers a value. */
// @ts-ignore: decorator
@external('host', 'runBuiltin')
export declare function runBuiltin(number: u32, a: u32, b: u32, c: u32): u32;

/** The expression of the file that a path or string leads to, or 0 and then `importedValue` has the value. */
// @ts-ignore: decorator
@external('host', 'importFile')
export declare function importFile(path: u32): u32;

/** Notes the value of the file that `importFile` was asked for last but for those that were imported within. */
// @ts-ignore: decorator
@external('host', 'fileEvaluated')
export declare function fileEvaluated(path: u32, value: u32): void;

/** Copies a path to the store: a string with its context. */
// @ts-ignore: decorator
@external('host', 'copyToStore')
export declare function copyToStore(path: u32): u32;

/** The set `{ column, file, line }` of a position, or null. */
// @ts-ignore: decorator
@external('host', 'positionValue')
export declare function positionValue(position: u32): u32;

/** The path that `<name>` leads to. */
// @ts-ignore: decorator
@external('host', 'findFile')
export declare function findFile(name: u32): u32;

/** Prints a float as toString (`fixed` is 1) does. */
// @ts-ignore: decorator
@external('host', 'formatFloat')
export declare function formatFloat(n: f64): u32;

// @ts-ignore: decorator
@external('host', 'trace')
export declare function trace(value: u32): void;
