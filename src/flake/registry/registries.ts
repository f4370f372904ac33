/** All flake registries in their order: the command line's, the user's, the system's, ours (which knows `debian`), the global one. */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { BadUrl, flakeError } from '../../base/flake-error.ts';
import { parseFlakeRef, printFlakeRef, type FlakeRef } from '../ref.ts';
import { inputFromAttrs } from '../../fetch/scheme/index.ts';
import type { InputAttrs } from '../../fetch/scheme/scheme.ts';
import type { FetchSettings } from '../../settings/fetch-settings.ts';
import { systemFolder, userFolder } from '../../settings/nix-conf.ts';
import { parseRegistry, readRegistry, sameInput, type RegistryEntry } from './registry-file.ts';

/** The suite that `debian` stands for when no suite is named. */
const defaultSuite = 'trixie';
const MOST_STEPS = 100;

export type RegistryKind = 'flags' | 'user' | 'system' | 'builtin' | 'global';

export interface RegistriesOptions {
  settings: FetchSettings;
  overrideFlakes: readonly (readonly [from: string, to: string])[];
  /** What relative paths on the command line are relative to. */
  baseDir: string;
  warn(message: string): void;
  /** The text behind a URL, remembered for a while. */
  download(url: string): string;
}

export class Registries {
  private readonly read = new Map<RegistryKind, RegistryEntry[]>();

  constructor(private readonly options: RegistriesOptions) {}

  /** Each is read when it is first needed: most references need no global one. */
  entries(kind: RegistryKind): RegistryEntry[] {
    let entries = this.read.get(kind);
    if (!entries) this.read.set(kind, (entries = this.load(kind)));
    return entries;
  }

  /**
   * Resolves an indirect reference; direct ones are answered as they are. `all` asks the user's and the system's registries too, which hold
   * for what is typed on the command line, not for the inputs of a flake. `dir` of the entry comes back apart. Throws `flake/unknown-flake`.
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
          'bootflake registry list  shows the entries',
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
      `bootflake registry list  shows what they know; a flake can be named by its place: github:OWNER/REPO, path:/PATH, git+file:///PATH`,
    );
  }

  private lookUp(input: InputAttrs, kinds: readonly RegistryKind[]): FlakeRef | undefined {
    for (const kind of kinds) {
      // What already is a place may still be redirected by an entry, but is no reason to ask for the global registry.
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
      'the setting flake-registry names it',
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
      'flake.lock pins its state; name the suite alone: debian/trixie',
    );
  return { input: { type: 'debian', suite: typeof input.ref === 'string' ? input.ref : defaultSuite }, subdir: '' };
}

function applyEntry({ from, to, exact }: RegistryEntry, input: InputAttrs): FlakeRef | undefined {
  if (sameInput(from, input)) return to;
  const { ref, rev, ...rest } = input;
  if (exact || !sameInput(from, rest)) return undefined;
  return { ...to, input: withRefAndRev(to.input, ref, rev) };
}

/** What stands behind an id (`nixpkgs/23.05`) is meant of the repository that the id stands for. */
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
          'name the branch too: ID/BRANCH/REVISION',
        );
      return inputFromAttrs(applied);
    }
    default:
      throw flakeError(
        'bad-reference',
        `don't know how to set ${ref === undefined ? 'the revision' : 'the branch/tag name'} of input '${printInput(input)}' to '${ref ?? rev}'`,
        'name the id alone',
      );
  }
}

function printInput(input: InputAttrs): string {
  return printFlakeRef({ input, subdir: '' });
}
