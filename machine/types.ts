import { T_LAZY } from './cells';

/** The names of the types, by tags. */
const names: u32 = <u32>memory.data(4 * 16, 4);

export function setTypeName(tag: u32, name: u32): void {
  store<u32>(names + 4 * tag, name);
}

export function typeNameOf(tag: u32): u32 {
  return tag < T_LAZY ? load<u32>(names + 4 * tag) : 0;
}
