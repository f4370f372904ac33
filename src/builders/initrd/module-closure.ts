/** Resolves names of kernel modules to their files, with dependencies, in load order. */
import { BootflakeError } from '../../base/errors.ts';
import { moduleName, readModuleInfo } from './module-info.ts';

/** The modules of one kernel. */
export interface ModuleFolder {
  version: string;
  /** Module name to file path within the folder: `kernel/drivers/block/virtio_blk.ko.xz`. */
  files: Map<string, string>;
  /** Names of the modules built into the kernel. */
  builtin: Set<string>;
  /** The module itself, decompressed. */
  read(path: string): Buffer;
}

export interface ModuleRequest {
  /** Always loaded; a missing one is an error. */
  load: string[];
  /** Loaded on demand; left out, with a line in the log, if the kernel does not have them. */
  available: string[];
  /**
   * Not in the initrd: the system loads them later. A missing one is an error if another kernel may have it or its name is nearly that of
   * another, else a line in the log.
   */
  later?: string[];
}

/** A requested module, and the modules to load for it, itself last. None when it is built into the kernel. */
export interface ModuleLine {
  name: string;
  order: string[];
}

export interface ModuleSet {
  load: ModuleLine[];
  available: ModuleLine[];
  /** Each module in a line, decompressed. */
  contents: Map<string, Buffer>;
}

interface Node {
  bytes: Buffer;
  /** The modules to load before it. */
  needs: string[];
}

/** Throws `initrd/no-such-module`. */
export function moduleClosure(folder: ModuleFolder, request: ModuleRequest, log: (line: string) => void): ModuleSet {
  const graph = new ModuleGraph(folder);
  const line = (wanted: string): ModuleLine => ({ name: moduleName(wanted), order: graph.order(moduleName(wanted)) });
  for (const name of request.load) if (!graph.add(name)) throw missing(folder, name, []);
  for (const name of request.later ?? []) if (!has(folder, moduleName(name))) checkLater(folder, name, log);
  const available = request.available.filter((name) => {
    const there = graph.add(name);
    if (!there) log(`kernel ${folder.version} has no module ${name}: left out of the initrd`);
    return there;
  });
  return { load: request.load.map(line), available: available.map(line), contents: graph.contents() };
}

function has(folder: ModuleFolder, name: string): boolean {
  return folder.files.has(name) || folder.builtin.has(name);
}

/** Configurations name modules that only other kernels have, such as tpm-rng of old ones: a machine works without what no kernel has. */
function checkLater(folder: ModuleFolder, name: string, log: (line: string) => void): void {
  if (isOfClouds(folder) || nearest(moduleName(name), [...folder.files.keys()]).length > 0) throw missing(folder, name, []);
  log(`kernel ${folder.version} has no module ${name}: boot.kernelModules names it in vain`);
}

class ModuleGraph {
  private readonly nodes = new Map<string, Node>();
  private readonly folder: ModuleFolder;

  constructor(folder: ModuleFolder) {
    this.folder = folder;
  }

  /** Whether the kernel has it, as a file or built in. */
  add(wanted: string, chain: string[] = []): boolean {
    const { folder } = this;
    const name = moduleName(wanted);
    if (this.nodes.has(name) || folder.builtin.has(name)) return true;
    const path = folder.files.get(name);
    if (path === undefined) return false;
    const bytes = folder.read(path);
    const info = readModuleInfo(bytes, path);
    const node: Node = { bytes, needs: [] };
    this.nodes.set(name, node);
    for (const soft of info.softBefore) node.needs.push(...this.addSoft(soft, [...chain, name]));
    for (const need of info.depends) {
      if (!this.add(need, [...chain, name])) throw missing(folder, need, [...chain, name]);
      node.needs.push(need);
    }
    return true;
  }

  /** ext4 requires "crypto-crc32c", an alias of crc32c_generic among others: the generic implementation runs on every processor. */
  private addSoft(name: string, chain: string[]): string[] {
    if (this.add(name, chain)) return [name];
    const plain = `${name.replace(/^crypto_/, '')}_generic`;
    return this.add(plain, chain) ? [plain] : [];
  }

  /** Returns the modules to load, itself last; none for a built-in one. */
  order(name: string): string[] {
    const ordered = new Set<string>();
    const under = new Set<string>();
    const visit = (at: string): void => {
      const node = this.nodes.get(at);
      if (!node || under.has(at)) return;
      under.add(at);
      node.needs.forEach(visit);
      ordered.add(at);
    };
    visit(name);
    return [...ordered];
  }

  contents(): Map<string, Buffer> {
    return new Map([...this.nodes].map(([name, { bytes }]) => [name, bytes]));
  }
}

/** Whether another kernel of Debian's has more modules. */
function isOfClouds({ version }: ModuleFolder): boolean {
  return version.includes('-cloud-');
}

function missing(folder: ModuleFolder, name: string, chain: string[]): BootflakeError {
  const near = nearest(moduleName(name), [...folder.files.keys()]);
  return new BootflakeError({
    code: 'initrd/no-such-module',
    message: `kernel ${folder.version} has no module ${name}${chain.length > 0 ? `, which ${chain.join(' -> ')} needs` : ''}`,
    hint:
      (near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : '') +
      'Check boot.initrd.kernelModules, boot.initrd.availableKernelModules and boot.kernelModules, which name modules' +
      (isOfClouds(folder)
        ? ", or set boot.kernelPackages = pkgs.linuxPackages_generic: this kernel, made for virtual machines, lacks most hardware's."
        : '.'),
  });
}

/** Up to three names that differ by a letter or two or share their beginning. */
function nearest(name: string, names: string[]): string[] {
  const close = names.map((other) => ({ other, distance: editDistance(name, other) })).filter(({ distance }) => distance <= 2);
  return close
    .sort((a, b) => a.distance - b.distance || (a.other < b.other ? -1 : 1))
    .slice(0, 3)
    .map(({ other }) => other);
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
