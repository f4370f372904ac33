import { BootflakeError } from '../../base/errors.ts';
import { LayeredIndex } from '../layered-index.ts';
import type { PackageTable } from '../archive-index.ts';
import { parseStanza } from '../control.ts';
import { compareVersions } from '../version.ts';

/** The packages of a repository that count. */
export interface RepositoryLayer {
  /** The name that the configuration gives it, for messages. */
  name: string;
  index: PackageTable;
  /** Whether it counts for a package of this name. */
  admits(name: string): boolean;
}

/**
 * Debian's packages and those of other repositories as one table, as apt sees them: of a package that several have, the highest version.
 * The same version with other bytes is `debian/ambiguous-package`, thrown once somebody asks for that package.
 */
export class NewestIndex extends LayeredIndex {
  private readonly found = new Map<string, number>();
  private readonly admits: readonly ((name: string) => boolean)[];

  constructor(
    private readonly debian: PackageTable,
    private readonly repositories: readonly RepositoryLayer[],
  ) {
    super([debian, ...repositories.map((repository) => repository.index)]);
    this.admits = [() => true, ...repositories.map((repository) => repository.admits)];
  }

  override find(name: string): number {
    let place = this.found.get(name);
    if (place === undefined) {
      place = this.newest(name);
      this.found.set(name, place);
    }
    return place;
  }

  override names(): string[] {
    return super.names().filter((name) => this.layers.some((layer, at) => this.admits[at]!(name) && layer.find(name) >= 0));
  }

  /** What Debian marks; a repository may replace such a package, but not add one. */
  override marked(which: 'essential' | 'required'): number[] {
    return this.debian.marked(which).map((i) => this.find(this.debian.name(i)));
  }

  isAdded(i: number): boolean {
    return i >= this.debian.count && this.debian.find(this.name(i)) < 0;
  }

  private newest(name: string): number {
    let best = -1;
    let facts: Facts | undefined;
    for (const [at, layer] of this.layers.entries()) {
      const i = this.admits[at]!(name) ? layer.find(name) : -1;
      if (i < 0) continue;
      const other = factsOf(layer.stanza(i));
      const order = facts ? compareVersions(other.version, facts.version) : 1;
      if (facts && order === 0 && other.sha256 !== facts.sha256) throw this.ambiguous(name, facts.version, at);
      if (order > 0) [best, facts] = [this.starts[at]! + i, other];
    }
    return best;
  }

  private ambiguous(name: string, version: string, at: number): BootflakeError {
    const { name: repository } = this.repositories[at - 1]!;
    return new BootflakeError({
      code: 'debian/ambiguous-package',
      message: `the repository '${repository}' has another '${name}' ${version} than what is there already: the same version, other bytes`,
      hint: `List the packages to take from it, without ${name}: nixpkgs.debian.repositories.${repository}.packages`,
    });
  }
}

interface Facts {
  version: string;
  sha256: string;
}

function factsOf(stanza: string): Facts {
  const fields = parseStanza(stanza);
  return { version: fields.get('version') ?? '', sha256: fields.get('sha256') ?? '' };
}

/** Whether a name fits a pattern, in which `*` stands for any characters. */
export function matchesPattern(name: string, pattern: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
