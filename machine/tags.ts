/** Tags of cells (cells.ts). Read by both compilers, as nodes.ts is. */
export const T_NULL: u32 = 1;
export const T_BOOL: u32 = 2;
export const T_INT: u32 = 3;
export const T_FLOAT: u32 = 4;
export const T_STRING: u32 = 5;
export const T_PATH: u32 = 6;
export const T_LIST: u32 = 7;
export const T_ATTRS: u32 = 8;
export const T_LAMBDA: u32 = 9;
export const T_PRIMOP: u32 = 10;
export const T_PARTIAL: u32 = 11;
/** All from here on are to be evaluated. */
export const T_LAZY: u32 = 16;
export const T_THUNK: u32 = 16;
export const T_CALL: u32 = 17;
export const T_CALL2: u32 = 18;
export const T_INHERITED: u32 = 19;
export const T_OUTSIDE: u32 = 20;
export const T_DONE: u32 = 21;
export const T_HOLE: u32 = 22;
