/** builtins.import and tryEval, which go through JavaScript. */
import { alloc, FALSE, STOP_ERROR, T_ATTRS, T_PATH, T_STRING, tagOf, TRUE, word } from './cells';
import { attrsFrom, ENTRY, setEntry } from './attrs';
import { coerceToString } from './coerce';
import { evaluate } from './evaluate';
import { force, mark, restore, settledPlace } from './force';
import { fail, failCatchably, fileEvaluated, importFile, tryForce } from './host';
import { known, SUCCESS, VALUE } from './names';

/** The value of a file, which is evaluated once. */
export function importPath(v: u32): u32 {
  let path = force(v);
  if (tagOf(path) === T_ATTRS) path = coerceToString(path, false, false);
  if (tagOf(path) !== T_PATH && tagOf(path) !== T_STRING) fail(STOP_ERROR);
  const found = importFile(path);
  // A value, or a file that is still to be evaluated: {0, expression}.
  if (tagOf(found) !== 0) return found;
  const value = evaluate(word(found, 4), 0);
  fileEvaluated(found, value);
  return value;
}

/** How many tryEvals are at work: without one nothing that is thrown is caught. */
let tries: u32 = 0;

/** The value, or 0 when something was thrown. */
function tried(v: u32): u32 {
  const from = mark();
  const before = tries;
  tries++;
  const value = tryForce(v);
  tries = before;
  if (value === 0) restore(from);
  return value;
}

/** The value; what `context` says is for errors only, but that error is another one when it cannot be said. */
export function addErrorContext(context: u32, v: u32): u32 {
  if (tries === 0) return v;
  const value = tried(v);
  if (value === 0) {
    coerceToString(context, false, false);
    failCatchably(0);
  }
  return value;
}

/** `{ success, value }` */
export function tryEval(v: u32): u32 {
  const value = tried(v);
  const entries = alloc(2 * ENTRY);
  setEntry(entries, known(SUCCESS), value === 0 ? FALSE : TRUE, 0);
  setEntry(entries + ENTRY, known(VALUE), value === 0 ? FALSE : settledPlace(v), 0);
  return attrsFrom(entries, 2);
}
