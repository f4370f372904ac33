/** registry.json, version 2, as in Nix: a map of flake references. */
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '../../system/files.ts';
import { flakeError } from '../../base/flake-error.ts';
import { flakeRefFromAttrs, flakeRefToAttrs, printFlakeRef, type FlakeRef } from '../ref.ts';
import { inputFromAttrs } from '../../fetch/scheme/index.ts';
import type { InputAttrs } from '../../fetch/scheme/scheme.ts';

export interface RegistryEntry {
  from: InputAttrs;
  to: FlakeRef;
  /** `from` matches only without a branch or revision. */
  exact?: boolean;
}

/** Parses a registry; an invalid one is reported by `warn` and counts as empty, as in Nix. */
export function parseRegistry(text: string, path: string, warn: (message: string) => void): RegistryEntry[] {
  try {
    const { version, flakes = [] } = setOf(JSON.parse(text), 'the registry');
    if (version !== 2) throw flakeError('bad-registry', `it has unsupported version ${JSON.stringify(version ?? 0)}`);
    if (!Array.isArray(flakes)) throw flakeError('bad-registry', "its 'flakes' is no list");
    return flakes.map((plain: unknown): RegistryEntry => {
      const { from, to, exact } = setOf(plain, 'an entry');
      // Nix 2.34 leaks an internal attribute when it pins.
      const { __final: _, ...target } = setOf(to, "an entry's 'to'");
      return {
        from: inputFromAttrs(setOf(from, "an entry's 'from'") as InputAttrs),
        to: flakeRefFromAttrs(target as InputAttrs),
        ...(exact === true && { exact }),
      };
    });
  } catch (error) {
    warn(`cannot read flake registry '${path}': ${(error as Error).message}`);
    return [];
  }
}

function setOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw flakeError('bad-registry', `${what} is not a set`);
}

/** A missing file is an empty registry. */
export function readRegistry(path: string, warn: (message: string) => void): RegistryEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return parseRegistry(text, path, warn);
}

/** The bytes that Nix writes. */
export function writeRegistry(path: string, entries: readonly RegistryEntry[]): void {
  const flakes = entries.map(({ from, to, exact }) => ({ ...(exact && { exact }), from: sorted(from), to: sorted(flakeRefToAttrs(to)) }));
  writeFileAtomic(path, [Buffer.from(JSON.stringify({ flakes, version: 2 }, null, 2))]);
}

/** Prints `from`: `flake:nixpkgs`. */
export function entryName({ from }: RegistryEntry): string {
  return printFlakeRef({ input: from, subdir: '' });
}

function sorted(attrs: InputAttrs): InputAttrs {
  return Object.fromEntries(Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function sameInput(a: InputAttrs, b: InputAttrs): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
