/** What of WebAssembly's interface is used; Node's types have none of it. */
declare namespace WebAssembly {
  interface Global {
    readonly value: number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: unknown;
  }
}

/** AssemblyScript's, in what is read by both compilers. */
declare type u32 = number;
