/**
 * The kinds of nodes of an expression in the machine's memory, and the words behind the kind. Read by both compilers: AssemblyScript's for
 * the machine, TypeScript's for who writes expressions (src/machine/write-expression.ts). An expression is the address of its node.
 */

/** value */
export const N_CONSTANT = 1;
/** scopes up, slot */
export const N_VARIABLE = 2;
/** symbol, count, scopes up to each `with`... */
export const N_WITH_VARIABLE = 3;
/** set, fallback or 0, count, (symbol or expression, 1 if an expression)... */
export const N_SELECT = 4;
/** set, count, (symbol or expression, 1 if an expression)... */
export const N_HAS_ATTR = 5;
/** function, count, arguments... */
export const N_CALL = 6;
/**
 * how many arguments, body, position, symbol of what it is bound to or 0, symbols of the arguments, positions of the functions within...
 */
export const N_LAMBDA = 7;
/**
 * body, slot of the whole argument + 1 or 0, ellipsis, count, (symbol, fallback or 0, position)..., position, symbol of what it is bound to
 * or 0, symbol of the whole argument or 0
 */
export const N_PATTERN = 8;
/** body, count, count of sources, sources..., (mode, a, b)... */
export const N_LET = 9;
/**
 * recursive, count, count of sources, count of dynamic attributes, order or 0, sources..., (symbol, position, mode, a, b)..., (name, value,
 * position)...
 */
export const N_ATTRS = 10;
/** count, elements... */
export const N_LIST = 11;
/** set, body */
export const N_WITH = 12;
/** condition, body */
export const N_ASSERT = 13;
/** condition, then, else */
export const N_IF = 14;
/** operand */
export const N_NOT = 15;
/** operand */
export const N_NEGATE = 16;
/** count, parts... */
export const N_TEXT = 17;
/** count, parts...; the first is a path */
export const N_PATH_TEXT = 18;
/** string */
export const N_SEARCH_PATH = 19;
/** position */
export const N_CURRENT_POSITION = 20;
/**
 * steps up from the text's folder or NO_FOLDER, what is appended, address of word 0, which holds the folder. Becomes a constant when first
 * evaluated.
 */
export const N_PATH = 21;
export const NO_FOLDER = 65535;
/** Operators: left, right */
export const N_AND = 32;
export const N_OR = 33;
export const N_IMPLIES = 34;
export const N_EQUAL = 35;
export const N_UNEQUAL = 36;
export const N_LESS = 37;
export const N_LESS_EQUAL = 38;
export const N_GREATER = 39;
export const N_GREATER_EQUAL = 40;
export const N_UPDATE = 41;
export const N_CONCAT = 42;
export const N_ADD = 43;
export const N_SUBTRACT = 44;
export const N_MULTIPLY = 45;
export const N_DIVIDE = 46;

/** Modes of bindings: the expression a in the scope of the bindings; in the scope around it; the attribute b of source a. */
export const M_INNER = 0;
export const M_OUTER = 1;
export const M_FROM = 2;

/**
 * What a word of an expression that is kept means, two bits each: as it is; an offset in the expression's words; a symbol's number; a
 * position in its text.
 */
export const W_PLAIN = 0;
export const W_ADDRESS = 1;
export const W_SYMBOL = 2;
export const W_POSITION = 3;
