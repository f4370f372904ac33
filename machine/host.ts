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

/** The float that digits are, or not-a-number where it is none of Nix's. */
// @ts-ignore: decorator
@external('host', 'parseFloat')
export declare function parseFloat(digits: u32, length: u32): f64;

/** The SHA-256 of bytes, written to `to`. */
// @ts-ignore: decorator
@external('host', 'sha256')
export declare function sha256(from: u32, length: u32, to: u32): void;

/** derivationStrict of the other evaluator. */
// @ts-ignore: decorator
@external('host', 'otherDerivation')
export declare function otherDerivation(set: u32): u32;

/** The hash, in base 16, that stands for a derivation of the other evaluator or of the store in those that use it. */
// @ts-ignore: decorator
@external('host', 'inputHash')
export declare function inputHash(drvPath: u32): u32;

/**
 * Of an output whose hash is given: a list of its path, the hash's algorithm and the hash in base 16; 0 where something about it is wrong.
 */
// @ts-ignore: decorator
@external('host', 'fixedOutput')
export declare function fixedOutput(hash: u32, algorithm: u32, mode: u32, name: u32): u32;

/** Writes a derivation of these bytes, which refers to a list of paths. */
// @ts-ignore: decorator
@external('host', 'writeDerivation')
export declare function writeDerivation(drvPath: u32, bytes: u32, length: u32, references: u32): void;

// @ts-ignore: decorator
@external('host', 'trace')
export declare function trace(value: u32): void;
