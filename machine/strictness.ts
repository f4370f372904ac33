import * as B from './builtin-numbers';
import { contextOf, STOP_ERROR, T_ATTRS, T_INT, T_STRING, tagOf } from './cells';
import { fail } from './host';

/** How many of its first arguments a builtin evaluates anyway, in order and before anything else. */
export function strictArguments(number: u32): u32 {
  switch (number) {
    case B.B_add:
    case B.B_sub:
    case B.B_mul:
    case B.B_div:
    case B.B_lessThan:
    case B.B_bitAnd:
    case B.B_bitOr:
    case B.B_bitXor:
    case B.B_getAttr:
    case B.B_hasAttr:
    case B.B_seq:
    case B.B_intersectAttrs:
    case B.B_removeAttrs:
      return 2;
    case B.B_typeOf:
    case B.B_isNull:
    case B.B_isFunction:
    case B.B_isInt:
    case B.B_isFloat:
    case B.B_isString:
    case B.B_isBool:
    case B.B_isPath:
    case B.B_isAttrs:
    case B.B_isList:
    case B.B_functionArgs:
    case B.B_length:
    case B.B_head:
    case B.B_tail:
    case B.B_concatLists:
    case B.B_attrNames:
    case B.B_attrValues:
    case B.B_listToAttrs:
    case B.B_toString:
    case B.B_stringLength:
    case B.B_baseNameOf:
    case B.B_dirOf:
    case B.B_unsafeDiscardStringContext:
    case B.B_hasContext:
    case B.B_import:
    case B.B_throw:
    case B.B_genericClosure:
    case B.B_substring:
    case B.B_concatStringsSep:
    case B.B_catAttrs:
    case B.B_unsafeGetAttrPos:
      return 1;
    default:
      return 0;
  }
}

/**
 * Stops where a builtin with two such arguments would not evaluate the second one, as the first is wrong: the second may fail in a way that
 * is caught.
 */
export function checkFirst(number: u32, value: u32): void {
  switch (number) {
    case B.B_bitAnd:
    case B.B_bitOr:
    case B.B_bitXor:
      return expect(value, T_INT);
    case B.B_getAttr:
    case B.B_hasAttr:
      expect(value, T_STRING);
      if (contextOf(value) !== 0) fail(STOP_ERROR);
      return;
    case B.B_intersectAttrs:
    case B.B_removeAttrs:
      return expect(value, T_ATTRS);
  }
}

function expect(value: u32, tag: u32): void {
  if (tagOf(value) !== tag) fail(STOP_ERROR);
}
