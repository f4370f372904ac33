import { NixString } from './value.ts';

/**
 * What a string depends on, encoded as Nix's C++ does inside: `/nix/store/x` (the path itself), `!out!/nix/store/x.drv` (an
 * output), `=/nix/store/x.drv` (the derivation with all its outputs). Immutable and shared.
 */
export type Context = ReadonlySet<string>;

export const emptyContext: Context = new Set();

/** The union; one of the two themselves where it has it all. */
export function mergeContext(a: Context, b: Context): Context {
  if (a === b || b.size === 0) return a;
  if (a.size === 0) return b;
  const [big, small] = a.size >= b.size ? [a, b] : [b, a];
  let merged: Set<string> | undefined;
  for (const element of small) {
    if (merged) merged.add(element);
    else if (!big.has(element)) (merged = new Set(big)).add(element);
  }
  return merged ?? big;
}

/** A string value of either kind. */
export function makeString(s: string, context: Context): string | NixString {
  return context.size === 0 ? s : new NixString(s, context);
}

export function contextOf(v: string | NixString): Context {
  return typeof v === 'string' ? emptyContext : v.context;
}

export function charsOf(v: string | NixString): string {
  return typeof v === 'string' ? v : v.s;
}

/** Collects contexts while a string is put together. Cheap as long as nothing is added. */
export class ContextCollector {
  private owned = false;
  private current: Context = emptyContext;

  add(element: string): void {
    if (this.current.has(element)) return;
    if (!this.owned) {
      this.current = new Set(this.current);
      this.owned = true;
    }
    (this.current as Set<string>).add(element);
  }

  addAll(context: Context): void {
    if (context.size === 0) return;
    if (this.current.size === 0) {
      this.current = context;
      this.owned = false;
      return;
    }
    if (context === this.current) return;
    for (const element of context) this.add(element);
  }

  /** The collector must not be used after this. */
  get context(): Context {
    return this.current;
  }

  string(s: string): string | NixString {
    return makeString(s, this.current);
  }
}

/** For messages: one of the things that a context refers to, as Nix writes it. It shows the first in its own order. */
export function showOneOf(context: Context): string {
  const rank = (element: string): string => `${'/=!'.indexOf(element[0]!)}${element}`;
  const element = [...context].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0]!;
  if (element.startsWith('=')) return `${element.slice(1)} (deep)`;
  const [, output, drvPath] = /^!([^!]*)!(.*)$/.exec(element) ?? [];
  return drvPath === undefined ? element : `${drvPath}^${output}`;
}
