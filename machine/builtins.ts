/** The builtins, by number. Arguments come unevaluated. The answer may be lazy. */
import {
  boolean,
  contextOf,
  int,
  isFunction,
  lengthOf,
  STOP_ERROR,
  T_ATTRS,
  T_BOOL,
  T_FLOAT,
  T_INT,
  T_LIST,
  T_NULL,
  T_PATH,
  T_STRING,
  tagOf,
} from './cells';
import { find, positionAt, valueAt } from './attrs';
import {
  attrNames,
  attrValues,
  catAttrs,
  functionArgs,
  intersectAttrs,
  listToAttrs,
  mapAttrs,
  removeAttrs,
  zipAttrsWith,
} from './attrsets';
import * as B from './builtin-numbers';
import { genericClosure } from './closure';
import { coerceToString } from './coerce';
import { compareValues } from './compare';
import { derivationStrict } from './derivation';
import { forceAttrs, forceInt, forceList, forceName, forceString } from './expect';
import { force } from './force';
import * as host from './host';
import { addErrorContext, importPath, tryEval } from './import';
import { anyOrAll, concatLists, concatMap, elementAt, filter, fold, genList, groupBy, isElement, map, partition, tail } from './lists';
import { N_ADD, N_DIVIDE, N_MULTIPLY, N_SUBTRACT } from './nodes';
import { arithmetic } from './operators';
import { sort } from './sort';
import { baseNameOf, concatStringsSep, dirOf, discardContext, replaceStrings, substring } from './strings';
import { typeNameOf } from './types';
import { compareVersions } from './versions';

function isTag(v: u32, tag: u32): u32 {
  return boolean(tagOf(force(v)) === tag);
}

export function runBuiltin(number: u32, a: u32, b: u32, c: u32): u32 {
  switch (number) {
    case B.B_add:
      return arithmetic(N_ADD, force(a), force(b));
    case B.B_sub:
      return arithmetic(N_SUBTRACT, force(a), force(b));
    case B.B_mul:
      return arithmetic(N_MULTIPLY, force(a), force(b));
    case B.B_div:
      return arithmetic(N_DIVIDE, force(a), force(b));
    case B.B_lessThan: {
      const x = force(a);
      return boolean(compareValues(x, force(b)) < 0);
    }
    case B.B_bitAnd:
      return int(forceInt(a) & forceInt(b));
    case B.B_bitOr:
      return int(forceInt(a) | forceInt(b));
    case B.B_bitXor:
      return int(forceInt(a) ^ forceInt(b));
    case B.B_typeOf:
      return typeNameOf(tagOf(force(a)));
    case B.B_isNull:
      return isTag(a, T_NULL);
    case B.B_isFunction:
      return boolean(isFunction(force(a)));
    case B.B_isInt:
      return isTag(a, T_INT);
    case B.B_isFloat:
      return isTag(a, T_FLOAT);
    case B.B_isString:
      return isTag(a, T_STRING);
    case B.B_isBool:
      return isTag(a, T_BOOL);
    case B.B_isPath:
      return isTag(a, T_PATH);
    case B.B_isAttrs:
      return isTag(a, T_ATTRS);
    case B.B_isList:
      return isTag(a, T_LIST);
    case B.B_functionArgs:
      return functionArgs(force(a));
    case B.B_length:
      return int(lengthOf(forceList(a)));
    case B.B_head:
      return elementAt(forceList(a), 0);
    case B.B_tail:
      return tail(forceList(a));
    case B.B_elemAt: {
      const index = forceInt(b);
      return elementAt(forceList(a), index);
    }
    case B.B_elem:
      return boolean(isElement(a, forceList(b)));
    case B.B_map:
      return map(a, b);
    case B.B_filter:
      return filter(a, b);
    case B.B_any:
      return anyOrAll(a, b, true);
    case B.B_all:
      return anyOrAll(a, b, false);
    case B.B_concatLists:
      return concatLists(forceList(a));
    case B.B_concatMap:
      return concatMap(a, b);
    case B.B_genList:
      return genList(a, b);
    case B.B_sort:
      return sort(a, b);
    case B.B_partition:
      return partition(a, b);
    case B.B_groupBy:
      return groupBy(a, b);
    case B.B_genericClosure:
      return genericClosure(a);
    case B.B_foldl:
      return fold(a, b, c);
    case B.B_attrNames:
      return attrNames(forceAttrs(a));
    case B.B_attrValues:
      return attrValues(forceAttrs(a));
    case B.B_getAttr: {
      const name = forceName(a);
      const entry = find(forceAttrs(b), name);
      if (entry === 0) host.fail(STOP_ERROR);
      return valueAt(entry);
    }
    case B.B_hasAttr: {
      const name = forceName(a);
      return boolean(find(forceAttrs(b), name) !== 0);
    }
    case B.B_removeAttrs: {
      const set = forceAttrs(a);
      return removeAttrs(set, forceList(b));
    }
    case B.B_listToAttrs:
      return listToAttrs(forceList(a));
    case B.B_intersectAttrs: {
      const left = forceAttrs(a);
      return intersectAttrs(left, forceAttrs(b));
    }
    case B.B_catAttrs:
      return catAttrs(forceName(a), b);
    case B.B_mapAttrs:
      return mapAttrs(a, b);
    case B.B_zipAttrsWith:
      return zipAttrsWith(a, b);
    case B.B_unsafeGetAttrPos: {
      const name = forceName(a);
      const entry = find(forceAttrs(b), name);
      return host.positionValue(entry === 0 ? 0 : positionAt(entry));
    }
    case B.B_seq:
      force(a);
      return b;
    case B.B_toString:
      return coerceToString(a, true, false);
    case B.B_substring:
      return substring(a, b, c);
    case B.B_stringLength:
      return int(lengthOf(coerceToString(a, false, true)));
    case B.B_concatStringsSep:
      return concatStringsSep(a, b);
    case B.B_replaceStrings:
      return replaceStrings(a, b, c);
    case B.B_baseNameOf:
      return baseNameOf(a);
    case B.B_dirOf:
      return dirOf(a);
    case B.B_unsafeDiscardStringContext:
      return discardContext(a);
    case B.B_hasContext:
      return boolean(contextOf(forceString(a)) !== 0);
    case B.B_compareVersions:
      return int(compareVersions(a, b));
    case B.B_throw:
      host.failCatchably(coerceToString(a, false, true));
      return 0;
    case B.B_tryEval:
      return tryEval(a);
    case B.B_addErrorContext:
      return addErrorContext(a, b);
    case B.B_import:
      return importPath(a);
    case B.B_trace:
      host.trace(force(a));
      return b;
    case B.B_derivationStrict:
      return derivationStrict(a);
    default:
      return host.runBuiltin(number, a, b, c);
  }
}
