/** From names of kernel modules to their files, with all that they need, in the order to load them. */
import { BootflakeError } from '../../base/errors.ts';
import { moduleName, readModuleInfo } from './module-info.ts';

/** The modules of one kernel. */
export interface ModuleFolder {
  version: string;
  /** Module name to file path, both as the folder has them: `kernel/drivers/block/virtio_blk.ko.xz`. */
  files: Map<string, string>;
  /** Names of what is built into the kernel. */
  builtin: Set<string>;
  /** The module itself, decompressed. */
  read(path: string): Buffer;
}

export interface LoadedModule {
  name: string;
  bytes: Buffer;
}

export interface ModuleRequest {
  required: string[];
  /** Left out, with a word to the log, when the kernel has them not. */
  optional: string[];
}

/** Fails with `initrd/no-such-module`. Answers each module after those it needs. */
export function moduleClosure(folder: ModuleFolder, request: ModuleRequest, log: (line: string) => void): LoadedModule[] {
  const ordered = new Map<string, LoadedModule>();
  const under = new Set<string>();
  const add = (wanted: string, chain: string[]): boolean => {
    const name = moduleName(wanted);
    if (ordered.has(name) || under.has(name) || folder.builtin.has(name)) return true;
    const path = folder.files.get(name);
    if (path === undefined) return false;
    under.add(name);
    const bytes = folder.read(path);
    const info = readModuleInfo(bytes, path);
    for (const soft of info.softBefore) addSoft(soft, [...chain, name]);
    for (const need of info.depends) if (!add(need, [...chain, name])) throw missing(folder, need, [...chain, name]);
    ordered.set(name, { name, bytes });
    return true;
  };
  // ext4 wants "crypto-crc32c", an alias of crc32c_generic among others: the plain implementation runs on every processor.
  const addSoft = (name: string, chain: string[]): boolean => add(name, chain) || add(`${name.replace(/^crypto_/, '')}_generic`, chain);
  for (const name of request.required) if (!add(name, [])) throw missing(folder, name, []);
  for (const name of request.optional) if (!add(name, [])) log(`kernel ${folder.version} has no module ${name}: left out of the initrd`);
  return [...ordered.values()];
}

function missing(folder: ModuleFolder, name: string, chain: string[]): BootflakeError {
  const near = nearest(moduleName(name), [...folder.files.keys()]);
  return new BootflakeError({
    code: 'initrd/no-such-module',
    message: `kernel ${folder.version} has no module ${name}${chain.length > 0 ? `, which ${chain.join(' -> ')} needs` : ''}`,
    hint: `${near.length > 0 ? `did you mean ${near.join(' or ')}? ` : ''}The initrd's modules are set by boot.initrd.kernelModules and boot.initrd.availableKernelModules.`,
  });
}

/** Up to three names that differ by a letter or two or share their beginning. */
function nearest(name: string, names: string[]): string[] {
  const close = names.map((other) => ({ other, distance: editDistance(name, other) })).filter(({ distance }) => distance <= 2);
  return close.sort((a, b) => a.distance - b.distance || (a.other < b.other ? -1 : 1)).slice(0, 3).map(({ other }) => other);
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
