import type { ModuleFacts } from './module-file.ts';

export interface KernelModule extends ModuleFacts {
  /** With underscores. */
  name: string;
  /** Below the modules' folder, with the suffix of its compression. */
  path: string;
  /** Position in the order of all modules. */
  index: number;
  /** The modules that it needs directly. */
  needs: KernelModule[];
  /** Position in the load order, users first. */
  loadOrder: number;
}

/** Finds the dependencies of modules by symbols, and computes one load order. */
export function linkModules(modules: KernelModule[]): void {
  const owners = new Map<string, KernelModule>();
  for (const module of modules) for (const symbol of module.exports) owners.set(symbol, module);
  for (const module of modules) {
    const needs = new Set<KernelModule>();
    for (const symbol of module.imports) {
      const owner = owners.get(symbol);
      if (owner) needs.add(owner);
    }
    module.needs = [...needs];
  }
  orderModules(modules);
}

/**
 * kmod's order, which determines the order within a line of modules.dep: modules without (remaining) users are taken from the end of a
 * list.
 */
function orderModules(modules: KernelModule[]): void {
  const users = new Map<KernelModule, number>(modules.map((module) => [module, 0]));
  for (const { needs } of modules) for (const need of needs) users.set(need, users.get(need)! + 1);
  const free = modules.filter((module) => users.get(module) === 0);
  let place = 0;
  for (let module = free.pop(); module; module = free.pop()) {
    module.loadOrder = place++;
    for (const need of module.needs) {
      const left = users.get(need)! - 1;
      users.set(need, left);
      if (left === 0) free.push(need);
    }
  }
}

/** Returns all modules that one needs, directly or not, in kmod's order: each before those that it needs itself. */
export function allNeeds(module: KernelModule): KernelModule[] {
  const found = new Set<KernelModule>();
  const visit = ({ needs }: KernelModule) => {
    for (const need of needs) {
      if (found.has(need)) continue;
      found.add(need);
      visit(need);
    }
  };
  visit(module);
  return [...found].sort((a, b) => a.loadOrder - b.loadOrder);
}
