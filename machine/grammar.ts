/** Which tokens are operators, and how they bind; which begin an operand. */
import {
  N_ADD, N_AND, N_CONCAT, N_DIVIDE, N_EQUAL, N_GREATER, N_GREATER_EQUAL, N_HAS_ATTR, N_IMPLIES, N_LESS, N_LESS_EQUAL, N_MULTIPLY,
  N_OR, N_SUBTRACT, N_UNEQUAL, N_UPDATE,
} from './nodes';
import {
  T_AND, T_CONCAT, T_EQUAL, T_FLOAT, T_GREATER_EQUAL, T_IMPLIES, T_INDENTED, T_INT, T_LESS_EQUAL, T_LET, T_OR_ELSE, T_PATH,
  T_REC, T_SEARCH_PATH, T_UNEQUAL, T_UPDATE, T_URI,
} from './lexer';
import { T_ID } from './syntax-names';

const LEFT: u32 = 0;
export const RIGHT: u32 = 1;
export const NONE: u32 = 2;
export const NOT_PRECEDENCE: u32 = 7;
export const NEGATE_PRECEDENCE: u32 = 12;

/** By tokens, 4 bytes each: precedence or 0, LEFT, RIGHT or NONE, kind of node, whether an operand begins with it. */
const rules: u32 = <u32>memory.data(4 * 256, 4);

function operator(kind: u32, precedence: u32, side: u32, node: u32): void {
  store<u32>(rules + 4 * kind, precedence | (side << 8) | (node << 16));
}

function operand(kind: u32): void {
  store<u8>(rules + 4 * kind + 3, 1);
}

export function initGrammar(): void {
  if (load<u32>(rules + 4 * T_AND) !== 0) return;
  operator(T_IMPLIES, 1, RIGHT, N_IMPLIES);
  operator(T_OR_ELSE, 2, LEFT, N_OR);
  operator(T_AND, 3, LEFT, N_AND);
  operator(T_EQUAL, 4, NONE, N_EQUAL);
  operator(T_UNEQUAL, 4, NONE, N_UNEQUAL);
  operator(60, 5, NONE, N_LESS);
  operator(62, 5, NONE, N_GREATER);
  operator(T_LESS_EQUAL, 5, NONE, N_LESS_EQUAL);
  operator(T_GREATER_EQUAL, 5, NONE, N_GREATER_EQUAL);
  operator(T_UPDATE, 6, RIGHT, N_UPDATE);
  operator(43, 8, LEFT, N_ADD);
  operator(45, 8, LEFT, N_SUBTRACT);
  operator(42, 9, LEFT, N_MULTIPLY);
  operator(47, 9, LEFT, N_DIVIDE);
  operator(T_CONCAT, 10, RIGHT, N_CONCAT);
  operator(63, 11, LEFT, N_HAS_ATTR);
  operand(T_ID);
  operand(T_INT);
  operand(T_FLOAT);
  operand(34);
  operand(T_INDENTED);
  operand(T_PATH);
  operand(T_SEARCH_PATH);
  operand(T_URI);
  operand(40);
  operand(123);
  operand(91);
  operand(T_REC);
  operand(T_LET);
}

/** 0 for what is no operator. */
// @ts-ignore: decorator
@inline
export function ruleOf(token: u32): u32 {
  return load<u32>(rules + 4 * token) & 0xffffff;
}

// @ts-ignore: decorator
@inline
export function precedenceOf(rule: u32): u32 {
  return rule & 255;
}

// @ts-ignore: decorator
@inline
export function sideOf(rule: u32): u32 {
  return (rule >>> 8) & 255;
}

// @ts-ignore: decorator
@inline
export function nodeOf(rule: u32): u32 {
  return rule >>> 16;
}

// @ts-ignore: decorator
@inline
export function startsOperand(token: u32): bool {
  return load<u8>(rules + 4 * token + 3) !== 0;
}
