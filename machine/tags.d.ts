/** Tags of cells (cells.ts). Read by both compilers, as nodes.ts is. */
export declare const T_NULL: u32;
export declare const T_BOOL: u32;
export declare const T_INT: u32;
export declare const T_FLOAT: u32;
export declare const T_STRING: u32;
export declare const T_PATH: u32;
export declare const T_LIST: u32;
export declare const T_ATTRS: u32;
export declare const T_LAMBDA: u32;
export declare const T_PRIMOP: u32;
export declare const T_PARTIAL: u32;
/** All from here on are to be evaluated. */
export declare const T_LAZY: u32;
export declare const T_THUNK: u32;
export declare const T_CALL: u32;
export declare const T_CALL2: u32;
export declare const T_INHERITED: u32;
export declare const T_OUTSIDE: u32;
export declare const T_DONE: u32;
export declare const T_HOLE: u32;
