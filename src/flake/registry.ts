/** Flake registries: which reference an id stands for. Ours knows `debian`; the user's and the system's are Nix's files. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { flakeError } from './errors.ts';
import { inputFromAttrs } from './scheme/index.ts';
import type { InputAttrs } from './scheme/scheme.ts';

/** The suite that `debian` stands for when no suite is named. */
const defaultSuite = 'trixie';
const MOST_STEPS = 100;

interface RegistryEntry {
  from: InputAttrs;
  to: InputAttrs;
  exact?: boolean;
}

/**
 * Resolves an indirect reference; direct ones are answered as they are. `all` asks the user's and the system's registries too, which hold for
 * what is typed on the command line, not for the inputs of a flake. `dir` of the entry comes back apart. Throws `flake/unknown-flake`.
 */
export function resolveIndirect(input: InputAttrs, options: { all: boolean }): { input: InputAttrs; dir?: string } {
  let current = input;
  let dir: string | undefined;
  const entries = options.all ? [...readRegistry(userRegistry()), ...readRegistry('/etc/nix/registry.json')] : [];
  for (let step = 0; current.type === 'indirect'; step += 1) {
    if (step > MOST_STEPS) throw flakeError('unknown-flake', `the flake registries lead '${input.id}' in a circle`);
    const found = entries.map((entry) => applyEntry(entry, current)).find((next) => next) ?? builtIn(current);
    if (!found) {
      const name = `flake:${[current.id, current.ref, current.rev].filter(Boolean).join('/')}`;
      throw flakeError('unknown-flake', `cannot find flake '${name}' in the flake registries`,
        'the built-in registry knows debian: debian/trixie, debian/bookworm; any other flake is named by its place: path:/PATH, git+file:///PATH');
    }
    const { dir: found_dir, ...rest } = found;
    if (typeof found_dir === 'string') dir = found_dir;
    current = inputFromAttrs(rest);
  }
  return dir === undefined ? { input: current } : { input: current, dir };
}

function builtIn(input: InputAttrs): InputAttrs | undefined {
  if (input.id !== 'debian') return undefined;
  if (input.rev !== undefined) throw flakeError('bad-reference', "a suite of Debian's archive has no revision", 'flake.lock pins its state; name the suite alone: debian/trixie');
  return { type: 'debian', suite: typeof input.ref === 'string' ? input.ref : defaultSuite };
}

function applyEntry({ from, to, exact }: RegistryEntry, input: InputAttrs): InputAttrs | undefined {
  const same = (a: InputAttrs, b: InputAttrs) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
  if (same(from, input)) return { ...to };
  if (exact) return undefined;
  const { ref, rev, ...rest } = input;
  const { ref: fromRef, rev: fromRev, ...fromRest } = from;
  if (!same(fromRest, rest) || (fromRef !== undefined && fromRef !== ref) || (fromRev !== undefined && fromRev !== rev)) return undefined;
  return { ...to, ...(ref !== undefined && fromRef === undefined && { ref }), ...(rev !== undefined && fromRev === undefined && { rev }) };
}

function userRegistry(): string {
  return join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'nix', 'registry.json');
}

function readRegistry(path: string): RegistryEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  const json = JSON.parse(text) as { version?: number; flakes?: RegistryEntry[] };
  if (json.version !== 2) throw flakeError('bad-registry', `flake registry '${path}' has unsupported version ${json.version}`);
  return json.flakes ?? [];
}
