/** What the constants of machine/names.ts stand for, in their order. */
export const namesOf = (storeDir: string): string[] => [
  'name', 'builder', 'system', 'args', 'outputs', 'outputHash', 'outputHashAlgo', 'outputHashMode', '__ignoreNulls', '__structuredAttrs',
  '__contentAddressed', '__impure', '__json', 'out', 'drvPath', storeDir,
  '__functor', '__toString', 'outPath', '1', 'type', 'derivation', 'right', 'wrong', 'value', 'startSet', 'operator', 'key', 'success',
];

/** The same of machine/syntax-names.ts. */
export const syntaxNames = [
  'if', 'then', 'else', 'assert', 'with', 'let', 'in', 'rec', 'inherit', 'or',
  '__curPos', '__overrides', 'body', '__sub', '__mul', '__div', '__lessThan', '__findFile', '__nixPath',
];

/** Names of types by their tags, from T_NULL on. */
export const typeNames = ['null', 'bool', 'int', 'float', 'string', 'path', 'list', 'set', 'lambda', 'lambda', 'lambda'];
