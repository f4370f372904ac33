/** Symbols of names that mean something to the machine, as an array in this order: that of src/machine/names.ts. */
export const NAME: u32 = 0;
export const BUILDER: u32 = 1;
export const SYSTEM: u32 = 2;
export const ARGS: u32 = 3;
export const OUTPUTS: u32 = 4;
export const OUTPUT_HASH: u32 = 5;
export const OUTPUT_HASH_ALGO: u32 = 6;
export const OUTPUT_HASH_MODE: u32 = 7;
export const IGNORE_NULLS: u32 = 8;
export const STRUCTURED: u32 = 9;
export const CONTENT_ADDRESSED: u32 = 10;
export const IMPURE: u32 = 11;
export const JSON: u32 = 12;
export const OUT: u32 = 13;
export const DRV_PATH: u32 = 14;
export const STORE_DIR: u32 = 15;
export const FUNCTOR: u32 = 16;
export const TO_STRING: u32 = 17;
export const OUT_PATH: u32 = 18;
export const ONE: u32 = 19;
export const TYPE: u32 = 20;
export const DERIVATION: u32 = 21;
export const RIGHT: u32 = 22;
export const WRONG: u32 = 23;
export const VALUE: u32 = 24;
export const START_SET: u32 = 25;
export const OPERATOR: u32 = 26;
export const KEY: u32 = 27;
export const SUCCESS: u32 = 28;

let names: u32 = 0;

export function initNames(list: u32): void {
  names = list + 8;
}

// @ts-ignore: decorator
@inline
export function known(number: u32): u32 {
  return load<u32>(names + 4 * number);
}
