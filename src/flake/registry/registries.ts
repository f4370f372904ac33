/** All flake registries in order: the command line's, the user's, the system's, our own (with `debian`), the global one. */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { BadUrl, flakeError } from '../../base/flake-error.ts';
import { parseFlakeRef, printFlakeRef, type FlakeRef } from '../ref.ts';
import { inputFromAttrs } from '../../fetch/scheme/index.ts';
import type { InputAttrs } from '../../fetch/scheme/scheme.ts';
import type { FetchSettings } from '../../settings/fetch-settings.ts';
import { systemFolder, userFolder } from '../../settings/nix-conf.ts';
import { parseRegistry, readRegistry, sameInput, type RegistryEntry } from './registry-file.ts';

/** The suite of `debian` without a suite. */
const defaultSuite = 'trixie';
const MOST_STEPS = 100;

export type RegistryKind = 'flags' | 'user' | 'system' | 'builtin' | 'global';

export interface RegistriesOptions {
  settings: FetchSettings;
  overrideFlakes: readonly (readonly [from: string, to: string])[];
  /** The base of relative paths on the command line. */
  baseDir: string;
  warn(message: string): void;
  /** Returns the text at a URL, cached for a while. */
  download(url: string): string;
}

export class Registries {
  private readonly read = new Map<RegistryKind, RegistryEntry[]>();

  constructor(private readonly options: RegistriesOptions) {}

  /** Registries are read on first use: most references do not need the global one. */
  entries(kind: RegistryKind): RegistryEntry[] {
    let entries = this.read.get(kind);
    if (!entries) this.read.set(kind, (entries = this.load(kind)));
    return entries;
  }

  /**
   * Resolves an indirect reference; returns direct ones unchanged. `all` includes the user's and the system's registries, which apply to
   * references on the command line, not to the inputs of a flake. The entry's `dir` is returned separately. Throws `flake/unknown-flake`.
   */
  resolve(input: InputAttrs, { all }: { all: boolean }): { input: InputAttrs; dir?: string } {
    const kinds: RegistryKind[] = all ? ['flags', 'user', 'system', 'builtin', 'global'] : ['flags', 'builtin', 'global'];
    let current = input;
    let dir: string | undefined;
    for (let step = 0; ; step += 1) {
      if (step > MOST_STEPS)
        throw flakeError(
          'unknown-flake',
          `cycle detected in flake registry for '${printInput(input)}'`,
          'Run: bootflake registry list  to see the entries.',
        );
      const found = this.lookUp(current, kinds);
      if (!found) break;
      dir = found.subdir === '' ? undefined : found.subdir;
      current = found.input;
    }
    if (current.type !== 'indirect') return dir === undefined ? { input: current } : { input: current, dir };
    throw flakeError(
      'unknown-flake',
      `cannot find flake '${printInput(current)}' in the flake registries`,
      `Run: bootflake registry list  to see their entries, or use a direct reference: github:OWNER/REPO, path:/PATH, git+file:///PATH`,
    );
  }

  private lookUp(input: InputAttrs, kinds: readonly RegistryKind[]): FlakeRef | undefined {
    for (const kind of kinds) {
      // An entry may redirect a direct reference too, but the global registry is not downloaded for that.
      if (kind === 'global' && input.type !== 'indirect') continue;
      const found =
        kind === 'builtin'
          ? builtIn(input)
          : this.entries(kind)
              .map((entry) => applyEntry(entry, input))
              .find(Boolean);
      if (found) return found;
    }
    return undefined;
  }

  private load(kind: RegistryKind): RegistryEntry[] {
    const { settings, warn } = this.options;
    switch (kind) {
      case 'flags':
        return this.options.overrideFlakes.map(([from, to]) => ({
          from: parseFlakeRef(from).input,
          to: parseFlakeRef(to, { baseDir: this.options.baseDir, allowMissing: true }),
        }));
      case 'user':
        return settings.useRegistries ? readRegistry(userRegistryPath(), warn) : [];
      case 'system':
        return settings.useRegistries ? readRegistry(join(systemFolder(), 'registry.json'), warn) : [];
      case 'builtin':
        return [{ from: { type: 'indirect', id: 'debian' }, to: { input: { type: 'debian', suite: defaultSuite }, subdir: '' } }];
      case 'global':
        return settings.useRegistries ? this.loadGlobal(settings.flakeRegistry) : [];
    }
  }

  private loadGlobal(place: string): RegistryEntry[] {
    if (place === '') return [];
    return parseRegistry(isAbsolute(place) ? textOf(place) : this.options.download(place), place, this.options.warn);
  }
}

/** Throws `flake/bad-registry`. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw flakeError(
      'bad-registry',
      `the flake registry '${path}' cannot be read: ${(error as Error).message}`,
      'Check the setting flake-registry, which names it.',
      error,
    );
  }
}

export function userRegistryPath(): string {
  return join(userFolder(), 'registry.json');
}

function builtIn(input: InputAttrs): FlakeRef | undefined {
  if (input.type !== 'indirect' || input.id !== 'debian') return undefined;
  if (input.rev !== undefined)
    throw flakeError(
      'bad-reference',
      "a suite of Debian's archive has no revision",
      'Name only the suite, debian/trixie: flake.lock pins its state.',
    );
  return { input: { type: 'debian', suite: typeof input.ref === 'string' ? input.ref : defaultSuite }, subdir: '' };
}

function applyEntry({ from, to, exact }: RegistryEntry, input: InputAttrs): FlakeRef | undefined {
  if (sameInput(from, input)) return to;
  const { ref, rev, ...rest } = input;
  if (exact || !sameInput(from, rest)) return undefined;
  return { ...to, input: withRefAndRev(to.input, ref, rev) };
}

/** Applies the ref or revision after an id (`nixpkgs/23.05`) to the repository that the id stands for. */
function withRefAndRev(input: InputAttrs, ref: InputAttrs[string] | undefined, rev: InputAttrs[string] | undefined): InputAttrs {
  if (ref === undefined && rev === undefined) return input;
  const { ref: oldRef, rev: oldRev, ...rest } = input;
  switch (input.type) {
    case 'github':
    case 'gitlab':
    case 'sourcehut':
      if (ref !== undefined && rev !== undefined)
        throw new BadUrl(
          `cannot apply both a commit hash (${rev}) and a branch/tag name ('${ref}') to input '${printInput(input)}'`,
          'name one of the two',
        );
      return inputFromAttrs({ ...rest, ...(ref !== undefined && { ref }), ...(rev !== undefined && { rev }) });
    case 'git':
    case 'indirect': {
      const applied = { ...input, ...(ref !== undefined && { ref }), ...(rev !== undefined && { rev }) };
      if (input.type === 'git' && applied.ref === undefined)
        throw flakeError(
          'bad-reference',
          `Git input '${printInput(applied)}' has a commit hash but no branch/tag name`,
          'Name the branch too: ID/BRANCH/REVISION',
        );
      return inputFromAttrs(applied);
    }
    default:
      throw flakeError(
        'bad-reference',
        `don't know how to set ${ref === undefined ? 'the revision' : 'the branch/tag name'} of input '${printInput(input)}' to ` +
          `'${ref ?? rev}'`,
        'Name only the id.',
      );
  }
}

function printInput(input: InputAttrs): string {
  return printFlakeRef({ input, subdir: '' });
}
