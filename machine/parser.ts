/**
 * Tokens to a tree: what src/lang/parser.ts does, operators by precedence climbing. Where anything is wrong or unusual it stops (`cannot`).
 */
import {
  initGrammar,
  NEGATE_PRECEDENCE,
  NONE,
  NOT_PRECEDENCE,
  precedenceOf,
  RIGHT,
  ruleOf,
  nodeOf,
  sideOf,
  startsOperand,
} from './grammar';
import {
  N_ASSERT,
  N_CALL,
  N_CURRENT_POSITION,
  N_HAS_ATTR,
  N_IF,
  N_LAMBDA,
  N_LET,
  N_LIST,
  N_NEGATE,
  N_NOT,
  N_PATTERN,
  N_SEARCH_PATH,
  N_SELECT,
  N_VARIABLE,
  N_WITH,
} from './nodes';
import { append, appendItem, cannot, countOf, newSequence, room } from './syntax-arena';
import {
  L_ARGUMENT,
  L_BODY,
  L_ELLIPSIS,
  L_FORMALS,
  L_NAME,
  L_POSITION,
  node1,
  node2,
  node3,
  S_DYNAMIC,
  setOf,
  X_STRING,
} from './syntax-tree';
import { NAME_SEEN, NAME_SPECIAL, nameBody, nameOr, S_CURRENT_POSITION, T_ID, T_IF } from './syntax-names';
import {
  name,
  next,
  nextCharacter,
  position,
  restore,
  start,
  T_ASSERT,
  T_ELLIPSIS,
  T_ELSE,
  T_EOF,
  T_FLOAT,
  T_IN,
  T_INDENTED,
  T_INT,
  T_LET,
  T_OR,
  T_PATH,
  T_REC,
  T_SEARCH_PATH,
  T_THEN,
  T_URI,
  T_WITH,
  token,
  tokenEnd,
} from './lexer';
import { attrPath, bindings } from './parse-bindings';
import { float, integer, path } from './parse-literals';
import { string } from './parse-strings';

/** The number of the list of arguments at hand. */
let lists: u32 = 0;

/** The tree of the whole text that the lexer has. */
export function file(): u32 {
  initGrammar();
  lists = 0;
  next();
  const root = expression();
  if (token !== T_EOF) cannot();
  return root;
}

export function expect(kind: u32): void {
  if (token !== kind) cannot();
  next();
}

export function expression(): u32 {
  switch (token) {
    case T_ID: {
      const c = nextCharacter();
      if (c === 58 || c === 64) return simpleLambda(c);
      return operation(0);
    }
    case 123:
      return startsFormals() ? formals(0, position()) : operation(0);
    case T_ASSERT:
      return guarded(N_ASSERT);
    case T_WITH:
      return guarded(N_WITH);
    case T_LET:
      return letIn();
    case T_IF: {
      next();
      const condition = expression();
      expect(T_THEN);
      const yes = expression();
      expect(T_ELSE);
      return node3(N_IF, condition, yes, expression());
    }
    default:
      return operation(0);
  }
}

function guarded(kind: u32): u32 {
  next();
  const guard = expression();
  expect(59);
  return node2(kind, guard, expression());
}

/** `x: body` or `x@{...}: body` */
function simpleLambda(behind: u32): u32 {
  const at = position();
  const argument = name;
  next();
  next();
  if (behind === 58) {
    const lambda = newFunction(N_LAMBDA, 20, at, argument);
    store<u32>(lambda, expression(), L_BODY);
    return lambda;
  }
  if (token !== 123) cannot();
  return formals(argument, at);
}

function newFunction(kind: u32, size: u32, at: u32, argument: u32): u32 {
  const p = room(size);
  store<u32>(p, kind);
  store<u32>(p, 0, L_NAME);
  store<u32>(p, at, L_POSITION);
  store<u32>(p, argument, L_ARGUMENT);
  return p;
}

/** Whether the `{` at hand begins the arguments of a function rather than a set. */
function startsFormals(): bool {
  const from = start;
  const until = tokenEnd;
  const first = next();
  let answer = first === T_ELLIPSIS;
  if (first === 125) {
    const c = nextCharacter();
    answer = c === 58 || c === 64;
  } else if (first === T_ID) {
    const c = nextCharacter();
    answer = c === 44 || c === 63 || c === 125;
  }
  restore(123, from, until, 0);
  return answer;
}

/** From `{`; `argument` is the name before an `@`, if there was one. */
function formals(before: u32, at: u32): u32 {
  next();
  let argument = before;
  const list = newSequence();
  let ellipsis: u32 = 0;
  while (token !== 125) {
    if (token === T_ELLIPSIS) {
      ellipsis = 1;
      if (next() !== 125) cannot();
      break;
    }
    if (token !== T_ID) cannot();
    const formal = room(16);
    store<u32>(formal, name, 4);
    store<u32>(formal, position(), 8);
    let fallback: u32 = 0;
    if (next() === 63) {
      next();
      fallback = expression();
    }
    store<u32>(formal, fallback, 12);
    append(list, formal);
    if (token === 44) next();
    else if (token !== 125) cannot();
  }
  if (next() === 64) {
    if (argument !== 0 || next() !== T_ID) cannot();
    argument = name;
    next();
  }
  lists++;
  for (let formal = load<u32>(list); formal !== 0; formal = load<u32>(formal)) seeOnce(load<u32>(formal, 4));
  if (argument !== 0) seeOnce(argument);
  expect(58);
  const lambda = newFunction(N_PATTERN, 28, at, argument);
  store<u32>(lambda, list, L_FORMALS);
  store<u32>(lambda, ellipsis, L_ELLIPSIS);
  store<u32>(lambda, expression(), L_BODY);
  return lambda;
}

function seeOnce(argument: u32): void {
  if (load<u32>(argument, NAME_SEEN) === lists) cannot();
  store<u32>(argument, lists, NAME_SEEN);
}

function letIn(): u32 {
  // The ancient `let { ...; body = ...; }` is an operand like any other.
  if (next() === 123) return climb(application(letBody()), 0);
  const defined = bindings(T_IN);
  if (countOf(defined + S_DYNAMIC) !== 0) cannot();
  next();
  return node2(N_LET, defined, expression());
}

function letBody(): u32 {
  const whole = set(1);
  const names = newSequence();
  const cell = room(12);
  store<u32>(cell, nameBody, 4);
  store<u32>(cell, 0, 8);
  append(names, cell);
  return node3(N_SELECT, whole, 0, names);
}

function operation(least: u32): u32 {
  return climb(unary(), least);
}

function climb(first: u32, least: u32): u32 {
  let left = first;
  let blocked: u32 = 0;
  let rule = ruleOf(token);
  while (rule !== 0 && precedenceOf(rule) >= least) {
    const precedence = precedenceOf(rule);
    if (precedence === blocked) cannot();
    const kind = nodeOf(rule);
    next();
    left = node2(kind, left, kind === N_HAS_ATTR ? attrPath() : operation(sideOf(rule) === RIGHT ? precedence : precedence + 1));
    blocked = sideOf(rule) === NONE ? precedence : 0;
    rule = ruleOf(token);
  }
  return left;
}

function unary(): u32 {
  if (token === 33) {
    next();
    return node1(N_NOT, operation(NOT_PRECEDENCE));
  }
  if (token === 45) {
    next();
    return node1(N_NEGATE, operation(NEGATE_PRECEDENCE));
  }
  return application(simple());
}

function application(first: u32): u32 {
  const f = selection(first);
  if (!startsOperand(token)) return f;
  const args = newSequence();
  while (startsOperand(token)) appendItem(args, selection(simple()));
  return node2(N_CALL, f, args);
}

function selection(base: u32): u32 {
  if (token === 46) {
    next();
    const names = attrPath();
    let fallback: u32 = 0;
    if (token === T_OR) {
      next();
      fallback = selection(simple());
    }
    return node3(N_SELECT, base, fallback, names);
  }
  if (token !== T_OR) return base;
  // `f or` applies f to a variable named `or`, from times when that was no keyword.
  next();
  const args = newSequence();
  appendItem(args, node1(N_VARIABLE, nameOr));
  return node2(N_CALL, base, args);
}

function simple(): u32 {
  const from = start;
  const until = tokenEnd;
  switch (token) {
    case T_ID: {
      const known = name;
      const at = position();
      next();
      return load<u32>(known, NAME_SPECIAL) === S_CURRENT_POSITION ? node1(N_CURRENT_POSITION, at) : node1(N_VARIABLE, known);
    }
    case T_INT:
      next();
      return integer(from, until);
    case T_FLOAT:
      next();
      return float(from, until);
    case 34:
    case T_INDENTED:
      return string();
    case T_PATH:
      return path();
    case T_SEARCH_PATH:
      next();
      return node2(N_SEARCH_PATH, from + 1, until - from - 2);
    case T_URI:
      next();
      return node2(X_STRING, from, until - from);
    case 40: {
      next();
      const inner = expression();
      expect(41);
      return inner;
    }
    case 91:
      return list();
    case T_LET:
      if (next() !== 123) cannot();
      return letBody();
    case T_REC:
      if (next() !== 123) cannot();
      return set(1);
    case 123:
      return set(0);
    default:
      cannot();
      return 0;
  }
}

function list(): u32 {
  next();
  const elements = newSequence();
  while (startsOperand(token)) appendItem(elements, selection(simple()));
  expect(93);
  return node1(N_LIST, elements);
}

/** From `{`. */
function set(recursive: u32): u32 {
  next();
  const inner = bindings(125);
  expect(125);
  return setOf(inner, recursive);
}

/** From behind `${` to `}`, which stays the last token, so that the text behind it can be read as part of a string. */
export function interpolation(): u32 {
  next();
  const inner = expression();
  if (token !== 125) cannot();
  return inner;
}
