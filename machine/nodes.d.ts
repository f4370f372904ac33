/**
 * The kinds of nodes of an expression in the machine's memory, and the words behind the kind. Read by both compilers: AssemblyScript's for
 * the machine, TypeScript's for who writes expressions (src/machine/write-expression.ts). An expression is the address of its node.
 */
/** value */
export declare const N_CONSTANT = 1;
/** scopes up, slot */
export declare const N_VARIABLE = 2;
/** symbol, count, scopes up to each `with`... */
export declare const N_WITH_VARIABLE = 3;
/** set, fallback or 0, count, (symbol or expression, 1 if an expression)... */
export declare const N_SELECT = 4;
/** set, count, (symbol or expression, 1 if an expression)... */
export declare const N_HAS_ATTR = 5;
/** function, count, arguments... */
export declare const N_CALL = 6;
/**
 * how many arguments, body, position, symbol of what it is bound to or 0, symbols of the arguments, positions of the functions within...
 */
export declare const N_LAMBDA = 7;
/**
 * body, slot of the whole argument + 1 or 0, ellipsis, count, (symbol, fallback or 0, position)..., position, symbol of what it is bound to
 * or 0, symbol of the whole argument or 0
 */
export declare const N_PATTERN = 8;
/** body, count, count of sources, sources..., (mode, a, b)... */
export declare const N_LET = 9;
/**
 * recursive, count, count of sources, count of dynamic attributes, order or 0, sources..., (symbol, position, mode, a, b)..., (name, value,
 * position)...
 */
export declare const N_ATTRS = 10;
/** count, elements... */
export declare const N_LIST = 11;
/** set, body */
export declare const N_WITH = 12;
/** condition, body */
export declare const N_ASSERT = 13;
/** condition, then, else */
export declare const N_IF = 14;
/** operand */
export declare const N_NOT = 15;
/** operand */
export declare const N_NEGATE = 16;
/** count, parts... */
export declare const N_TEXT = 17;
/** count, parts...; the first is a path */
export declare const N_PATH_TEXT = 18;
/** string */
export declare const N_SEARCH_PATH = 19;
/** position */
export declare const N_CURRENT_POSITION = 20;
/**
 * steps up from the text's folder or NO_FOLDER, what is appended, address of word 0, which holds the folder. Becomes a constant when first
 * evaluated.
 */
export declare const N_PATH = 21;
export declare const NO_FOLDER = 65535;
/** Operators: left, right */
export declare const N_AND = 32;
export declare const N_OR = 33;
export declare const N_IMPLIES = 34;
export declare const N_EQUAL = 35;
export declare const N_UNEQUAL = 36;
export declare const N_LESS = 37;
export declare const N_LESS_EQUAL = 38;
export declare const N_GREATER = 39;
export declare const N_GREATER_EQUAL = 40;
export declare const N_UPDATE = 41;
export declare const N_CONCAT = 42;
export declare const N_ADD = 43;
export declare const N_SUBTRACT = 44;
export declare const N_MULTIPLY = 45;
export declare const N_DIVIDE = 46;
/** Modes of bindings: the expression a in the scope of the bindings; in the scope around it; the attribute b of source a. */
export declare const M_INNER = 0;
export declare const M_OUTER = 1;
export declare const M_FROM = 2;
/**
 * What a word of an expression that is kept means, two bits each: as it is; an offset in the expression's words; a symbol's number; a
 * position in its text.
 */
export declare const W_PLAIN = 0;
export declare const W_ADDRESS = 1;
export declare const W_SYMBOL = 2;
export declare const W_POSITION = 3;
