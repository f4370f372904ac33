/** What kind of value an expression shall have; well typed most of the time. */
export type Kind = Plain | { list: Kind } | { fn: readonly Kind[]; to: Kind };
export type Plain = (typeof plainKinds)[number];

export const plainKinds = [
  'any', 'int', 'float', 'num', 'bool', 'null', 'string', 'path', 'set', 'drv', 'name', 'json', 'toml', 'regex', 'hash', 'version', 'base',
  'algo', 'index', 'count', 'pairs', 'closure', 'replace', 'date', 'context', 'absolute', 'hashspec', 'pathspec', 'searchpath', 'sought', 'flakeref', 'flakeattrs',
] as const;

export const list = (of: Kind): Kind => ({ list: of });
export const fn = (...kinds: Kind[]): Kind => ({ fn: kinds.slice(0, -1), to: kinds[kinds.length - 1]! });

export function sameKind(a: Kind, b: Kind): boolean {
  if (a === b || b === 'any') return true;
  if (typeof a === 'string' || typeof b === 'string') return a === 'num' && (b === 'int' || b === 'float');
  if ('list' in a && 'list' in b) return sameKind(a.list, b.list);
  return 'fn' in a && 'fn' in b && a.fn.length === b.fn.length;
}

/** A builtin's arguments and, last, its answer. */
export const signatures: Readonly<Record<string, readonly Kind[]>> = {
  abort: ['string', 'any'], throw: ['string', 'any'],
  add: ['num', 'num', 'num'], sub: ['num', 'num', 'num'], mul: ['num', 'num', 'num'], div: ['num', 'num', 'num'],
  bitAnd: ['int', 'int', 'int'], bitOr: ['int', 'int', 'int'], bitXor: ['int', 'int', 'int'], ceil: ['float', 'int'], floor: ['float', 'int'],
  lessThan: ['num', 'num', 'bool'],
  addDrvOutputDependencies: ['string', 'string'], unsafeDiscardOutputDependency: ['string', 'string'], unsafeDiscardStringContext: ['string', 'string'],
  appendContext: ['string', 'context', 'string'], getContext: ['string', 'set'], hasContext: ['string', 'bool'],
  addErrorContext: ['string', 'any', 'any'],
  all: [fn('any', 'bool'), list('any'), 'bool'], any: [fn('any', 'bool'), list('any'), 'bool'],
  attrNames: ['set', list('string')], attrValues: ['set', list('any')], getAttr: ['name', 'set', 'any'], hasAttr: ['name', 'set', 'bool'],
  catAttrs: ['name', list('set'), list('any')], intersectAttrs: ['set', 'set', 'set'], removeAttrs: ['set', list('name'), 'set'],
  listToAttrs: ['pairs', 'set'], mapAttrs: [fn('name', 'any', 'any'), 'set', 'set'], zipAttrsWith: [fn('name', list('any'), 'any'), list('set'), 'set'],
  functionArgs: [fn('any', 'any'), 'set'], unsafeGetAttrPos: ['name', 'set', 'any'], groupBy: [fn('any', 'name'), list('any'), 'set'],
  baseNameOf: ['absolute', 'string'], dirOf: ['absolute', 'string'], toPath: ['absolute', 'string'],
  pathExists: ['path', 'bool'], readFile: ['path', 'string'], readDir: ['path', 'set'], readFileType: ['path', 'string'], hashFile: ['algo', 'path', 'string'],
  compareVersions: ['version', 'version', 'int'], splitVersion: ['version', list('string')], parseDrvName: ['version', 'set'],
  concatLists: [list(list('any')), list('any')], concatMap: [fn('any', list('any')), list('any'), list('any')], concatStringsSep: ['string', list('string'), 'string'],
  convertHash: ['hashspec', 'string'], hashString: ['algo', 'string', 'string'],
  deepSeq: ['any', 'any', 'any'], seq: ['any', 'any', 'any'], elem: ['any', list('any'), 'bool'], elemAt: [list('any'), 'index', 'any'],
  filter: [fn('any', 'bool'), list('any'), list('any')], "foldl'": [fn('any', 'any', 'any'), 'any', list('any'), 'any'],
  fromJSON: ['json', 'any'], fromTOML: ['toml', 'set'], toJSON: ['any', 'string'], toXML: ['any', 'string'],
  genList: [fn('int', 'any'), 'count', list('any')], genericClosure: ['closure', list('set')], head: [list('any'), 'any'], tail: [list('any'), list('any')],
  isAttrs: ['any', 'bool'], isBool: ['any', 'bool'], isFloat: ['any', 'bool'], isFunction: ['any', 'bool'], isInt: ['any', 'bool'], isList: ['any', 'bool'],
  isNull: ['any', 'bool'], isPath: ['any', 'bool'], isString: ['any', 'bool'], typeOf: ['any', 'string'], length: [list('any'), 'int'],
  map: [fn('any', 'any'), list('any'), list('any')], match: ['regex', 'string', 'any'], split: ['regex', 'string', list('any')],
  partition: [fn('any', 'bool'), list('any'), 'set'], sort: [fn('num', 'num', 'bool'), list('num'), list('num')],
  placeholder: ['name', 'string'], replaceStrings: [list('string'), list('string'), 'string', 'string'], stringLength: ['string', 'int'],
  substring: ['index', 'index', 'string', 'string'], toString: ['any', 'string'] as readonly Kind[], tryEval: ['any', 'set'], toFile: ['name', 'string', 'string'],
  path: ['pathspec', 'string'], filterSource: [fn('string', 'string', 'bool'), 'path', 'string'], storePath: ['absolute', 'string'],
  derivationStrict: ['drv', 'set'], warn: ['string', 'any', 'any'], trace: ['any', 'any', 'any'], traceVerbose: ['any', 'any', 'any'],
  findFile: ['searchpath', 'sought', 'path'], getEnv: ['sought', 'string'], parseFlakeRef: ['flakeref', 'set'], flakeRefToString: ['flakeattrs', 'string'],
};
