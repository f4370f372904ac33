/**
 * The tree of a text: nodes of words, the first of which is a kind of nodes.ts or one of these. What the words behind it are:
 *
 *     X_INT, X_FLOAT               8 bytes
 *     X_STRING                     bytes, length
 *     N_PATH                       bytes, length, steps up or NO_FOLDER
 *     N_SEARCH_PATH                bytes, length
 *     N_VARIABLE                   name
 *     N_SELECT                     set, fallback or 0, sequence of attribute names
 *     N_HAS_ATTR                   set, sequence of attribute names
 *     N_CALL                       function, sequence of arguments
 *     N_LAMBDA                     body, name of what it is bound to or 0, position, argument
 *     N_PATTERN                    body, name of what it is bound to or 0, position, whole argument or 0, sequence of formals, ellipsis
 *     N_LET                        bindings, body
 *     N_ATTRS                      bindings, recursive
 *     N_LIST, N_TEXT, N_PATH_TEXT  sequence
 *     N_CURRENT_POSITION           position
 *     all others                   operands
 *
 * Names are records of syntax-names.ts. Cells of sequences (syntax-arena.ts) behind their first word:
 *
 *     attribute name   name, or 0 and expression
 *     formal           name, position, fallback or 0
 *     binding          name, position, value or 0, mode of nodes.ts, number of the source, outer scope and slot of what is inherited
 *     dynamic binding  name, value, position
 */
import { emptySequence, room } from './syntax-arena';
import { N_ATTRS } from './nodes';

export const X_INT: u32 = 64;
export const X_FLOAT: u32 = 65;
export const X_STRING: u32 = 66;

/** Offsets in functions. */
export const L_BODY: u32 = 4;
export const L_NAME: u32 = 8;
export const L_POSITION: u32 = 12;
export const L_ARGUMENT: u32 = 16;
export const L_FORMALS: u32 = 20;
export const L_ELLIPSIS: u32 = 24;

/** Offsets in bindings. */
export const B_NAME: u32 = 4;
export const B_POSITION: u32 = 8;
export const B_VALUE: u32 = 12;
export const B_MODE: u32 = 16;
export const B_SOURCE: u32 = 20;
export const B_SCOPE: u32 = 24;
export const B_SLOT: u32 = 28;

/** What stands between the braces of a set: three sequences, and a table of the names when there are many. */
export const S_LIST: u32 = 0;
export const S_DYNAMIC: u32 = 12;
export const S_SOURCES: u32 = 24;
export const S_TABLE: u32 = 36;
export const S_MASK: u32 = 40;

export function newBindings(): u32 {
  const p = room(44);
  emptySequence(p + S_LIST);
  emptySequence(p + S_DYNAMIC);
  emptySequence(p + S_SOURCES);
  store<u32>(p, 0, S_TABLE);
  return p;
}

export function setOf(bindings: u32, recursive: u32): u32 {
  return node2(N_ATTRS, bindings, recursive);
}

export function node1(kind: u32, a: u32): u32 {
  const p = room(8);
  store<u32>(p, kind);
  store<u32>(p, a, 4);
  return p;
}

export function node2(kind: u32, a: u32, b: u32): u32 {
  const p = room(12);
  store<u32>(p, kind);
  store<u32>(p, a, 4);
  store<u32>(p, b, 8);
  return p;
}

export function node3(kind: u32, a: u32, b: u32, c: u32): u32 {
  const p = room(16);
  store<u32>(p, kind);
  store<u32>(p, a, 4);
  store<u32>(p, b, 8);
  store<u32>(p, c, 12);
  return p;
}

// @ts-ignore: decorator
@inline
export function kindOf(node: u32): u32 {
  return load<u32>(node);
}
