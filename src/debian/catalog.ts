import type { PackageTable } from './archive-index.ts';
import { parseStanza } from './control.ts';
import { parseProvides, parseRelations, relationAccepts, type Alternatives, type Provided, type Relation } from './relations.ts';

/** A package as the resolver sees it. */
export interface CatalogPackage {
  /** Its number in the index. */
  index: number;
  name: string;
  version: string;
  source: string;
  priority: string;
  essential: boolean;
  /** Pre-Depends, then Depends. */
  depends: Alternatives[];
  /** Conflicts and Breaks. */
  conflicts: Relation[];
  provides: Provided[];
  /** By a repository that is not Debian's; see PackageTable. */
  added: boolean;
}

const PRIORITIES = ['required', 'important', 'standard', 'optional', 'extra'];

/** The packages of one index, parsed on demand and cached. */
export class Catalog {
  private readonly parsed = new Map<number, CatalogPackage>();
  private readonly byName = new Map<string, number>();
  private readonly candidateLists = new Map<Relation, CatalogPackage[]>();

  constructor(
    readonly index: PackageTable,
    readonly architecture: string,
  ) {}

  get(i: number): CatalogPackage {
    let found = this.parsed.get(i);
    if (!found) {
      found = this.parse(i);
      this.parsed.set(i, found);
    }
    return found;
  }

  find(name: string): CatalogPackage | undefined {
    let i = this.byName.get(name);
    if (i === undefined) {
      i = this.index.find(name);
      this.byName.set(name, i);
    }
    return i < 0 ? undefined : this.get(i);
  }

  /** Returns everything that satisfies a relation: the package of that name, then its providers, the likeliest first. */
  candidates(relation: Relation): CatalogPackage[] {
    let list = this.candidateLists.get(relation);
    if (!list) {
      list = this.findCandidates(relation);
      this.candidateLists.set(relation, list);
    }
    return list;
  }

  private findCandidates(relation: Relation): CatalogPackage[] {
    const { architecture } = relation;
    if (architecture && architecture !== 'any' && architecture !== 'native' && architecture !== this.architecture) return [];
    const list: CatalogPackage[] = [];
    const real = this.find(relation.name);
    if (real && relationAccepts(relation, real.version)) list.push(real);
    const providers = this.index
      .providers(relation.name)
      .map((i) => this.get(i))
      .filter(
        (item) =>
          item !== real && item.provides.some((provided) => provided.name === relation.name && relationAccepts(relation, provided.version)),
      );
    return list.concat(providers.sort(likelierProvider));
  }

  private parse(index: number): CatalogPackage {
    const fields = parseStanza(this.index.stanza(index));
    const name = this.index.name(index);
    const added = this.index.isAdded?.(index) ?? false;
    return {
      index,
      name,
      version: fields.get('version')!,
      source: fields.get('source')?.replace(/\s.*/, '') ?? name,
      priority: fields.get('priority') ?? 'optional',
      essential: !added && fields.get('essential') === 'yes',
      depends: [...parseRelations(fields.get('pre-depends')), ...parseRelations(fields.get('depends'))],
      conflicts: [...parseRelations(fields.get('conflicts')), ...parseRelations(fields.get('breaks'))].flat(),
      provides: parseProvides(fields.get('provides')),
      added,
    };
  }
}

/** As apt ranks them: Essential ones, then by priority, then by name; but what other repositories add comes last. */
function likelierProvider(a: CatalogPackage, b: CatalogPackage): number {
  if (a.added !== b.added) return a.added ? 1 : -1;
  if (a.essential !== b.essential) return a.essential ? -1 : 1;
  const rank = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  return rank !== 0 ? rank : a.name < b.name ? -1 : 1;
}
