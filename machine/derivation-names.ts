/** Names of attributes with a meaning, as an array of symbols in this order. */
let names: u32 = 0;
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

/** `symbols`: as the constants above number them. */
export function initDerivations(symbols: u32): void {
  names = symbols;
}

// @ts-ignore: decorator
@inline
export function known(number: u32): u32 {
  return load<u32>(names + 4 * number);
}
