/** GRUB's modules: their dependencies (moddep.lst) and the area behind the kernel that holds them (include/grub/kernel.h). */

/** The folder of a GRUB platform, such as `usr/lib/grub/i386-pc` of Debian's grub-pc-bin. */
export interface GrubFolder {
  /** Throws when there is no such file. */
  read(name: string): Uint8Array;
}

const MODULE_MAGIC = 0x676d696d;
const OBJECT = { elf: 0, config: 2, prefix: 3 } as const;

/** Returns the named modules and their dependencies, each after its own. */
export function resolveModules(folder: GrubFolder, names: string[]): string[] {
  const needs = new Map<string, string[]>();
  for (const line of Buffer.from(folder.read('moddep.lst')).toString('latin1').split('\n')) {
    const [name, rest = ''] = line.split(':');
    if (name) needs.set(name, rest.trim().split(/\s+/).filter(Boolean));
  }
  const ordered = new Set<string>();
  const add = (name: string): void => {
    if (ordered.has(name)) return;
    // Last first, as grub-mkimage happens to do: so the images are equal.
    for (const need of (needs.get(name) ?? []).reverse()) add(need);
    ordered.add(name);
  };
  names.forEach(add);
  return [...ordered];
}

function moduleObject(type: number, contents: Uint8Array, wordSize: number): Buffer {
  const padded = Math.ceil(contents.length / wordSize) * wordSize;
  const b = Buffer.alloc(8 + padded);
  b.writeUInt32LE(type, 0); // type
  b.writeUInt32LE(8 + padded, 4); // size, this header included
  b.set(contents, 8);
  return b;
}

export interface ModuleArea {
  modules: string[];
  /** Commands to run first, by the parser that supports neither quotes nor `if`; may be empty. */
  config: string;
  /** Where GRUB looks for its files: `(hd0,gpt3)/boot/grub`, or `(,gpt3)/boot/grub` on the disk it was loaded from. */
  prefix: string;
}

/** `wordSize`: bytes of a pointer on the platform. */
export function encodeModuleArea(folder: GrubFolder, area: ModuleArea, wordSize: 4 | 8 = 4): Buffer {
  const objects = [
    ...resolveModules(folder, area.modules).map((name) => moduleObject(OBJECT.elf, folder.read(`${name}.mod`), wordSize)),
    ...(area.config === '' ? [] : [moduleObject(OBJECT.config, Buffer.from(`${area.config}\0`), wordSize)]),
    moduleObject(OBJECT.prefix, Buffer.from(`${area.prefix}\0`), wordSize),
  ];
  const size = objects.reduce((sum, object) => sum + object.length, 0);
  return Buffer.concat([wordSize === 4 ? header32(size) : header64(size), ...objects]);
}

function header32(size: number): Buffer {
  const b = Buffer.alloc(12);
  b.writeUInt32LE(MODULE_MAGIC, 0); // magic
  b.writeUInt32LE(b.length, 4); // offset
  b.writeUInt32LE(b.length + size, 8); // size
  return b;
}

function header64(size: number): Buffer {
  const b = Buffer.alloc(24);
  b.writeUInt32LE(MODULE_MAGIC, 0); // magic
  b.writeBigUInt64LE(BigInt(b.length), 8); // offset
  b.writeBigUInt64LE(BigInt(b.length + size), 16); // size
  return b;
}
