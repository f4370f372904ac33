/**
 * Resolves dependencies. Those without a choice are followed first, for all packages; then the first open choice is made (a package already
 * chosen, else the first alternative: the package of that name, else its likeliest provider), and so on. A choice that leads to a conflict
 * is undone. Recommends are not followed. The result depends only on the set of roots, not on their order.
 */
import { BootflakeError } from '../base/errors.ts';
import { shortened } from '../base/shortened.ts';
import type { Catalog, CatalogPackage } from './catalog.ts';
import { relationAccepts, type Alternatives, type Relation } from './relations.ts';

/** Roots that stand for many packages: all with `Essential: yes`; these and all of priority required. */
export const ESSENTIAL = '@essential';
export const REQUIRED = '@required';

interface Chosen {
  item: CatalogPackage;
  /** The package that needs it, and the relation; a root has neither. */
  by: CatalogPackage | undefined;
  relation: string;
}

interface Decision {
  /** The length of the trail when it was made. */
  trail: number;
  open: Open[];
  rest: CatalogPackage[];
  asker: CatalogPackage;
  group: Alternatives;
}

interface Open {
  asker: CatalogPackage;
  group: Alternatives;
}

const MAX_BACKTRACKS = 2_000;
/** Characters: names, relations and chains may have any length. */
const MOST_MESSAGE = 8_000;

/**
 * Returns the names in install order: dependencies before what needs them, as far as cycles allow. Throws `debian/unknown-package`,
 * `debian/unmet-dependency` or `debian/conflict`, each naming the chain from a root.
 */
export function resolvePackages(catalog: Catalog, roots: string[]): string[] {
  const resolver = new Resolver(catalog);
  const wanted = rootPackages(catalog, roots);
  resolver.run(wanted);
  return installOrder(catalog, wanted, resolver.chosen);
}

function rootPackages(catalog: Catalog, roots: string[]): CatalogPackage[] {
  const wanted = new Map<string, CatalogPackage>();
  for (const root of [...new Set(roots)].sort()) {
    if (root === ESSENTIAL || root === REQUIRED) {
      const marked = catalog.index.marked('essential').concat(root === REQUIRED ? catalog.index.marked('required') : []);
      for (const i of marked) wanted.set(catalog.index.name(i), catalog.get(i));
      continue;
    }
    const item = catalog.find(root) ?? onlyProvider(catalog, root);
    wanted.set(item.name, item);
  }
  return [...wanted.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function onlyProvider(catalog: Catalog, name: string): CatalogPackage {
  const providers = catalog.index.providers(name);
  if (providers.length === 1) return catalog.get(providers[0]!);
  const { suite } = catalog.index.description;
  if (providers.length > 1) {
    throw new BootflakeError({
      code: 'debian/unknown-package',
      message: `'${name}' is a virtual package in ${suite} with several providers`,
      hint: `Choose one of: ${providers.map((i) => catalog.index.name(i)).join(', ')}`,
    });
  }
  throw new BootflakeError({ code: 'debian/unknown-package', message: `there is no package '${name}' in ${suite}` });
}

class Resolver {
  readonly chosen = new Map<string, Chosen>();
  private readonly trail: CatalogPackage[] = [];
  private readonly providing = new Map<string, CatalogPackage[]>();
  private readonly refusing = new Map<string, { by: CatalogPackage; relation: Relation }[]>();
  private readonly decisions: Decision[] = [];
  private open: Open[] = [];
  private processed = 0;

  constructor(private readonly catalog: Catalog) {}

  run(roots: CatalogPackage[]): void {
    let firstFailure: BootflakeError | undefined;
    let failure = this.addAll(roots);
    for (let backtracks = 0; ; ) {
      failure ??= this.propagate() ?? this.decide();
      if (!failure) {
        if (this.open.length === 0 && this.processed === this.trail.length) return;
        continue;
      }
      firstFailure ??= failure;
      if (++backtracks > MAX_BACKTRACKS) throw firstFailure;
      failure = this.takeBack(firstFailure);
    }
  }

  private addAll(roots: CatalogPackage[]): BootflakeError | undefined {
    for (const root of roots) {
      const failure = this.add(root, undefined, '');
      if (failure) return failure;
    }
    return undefined;
  }

  /** Follows every dependency that leaves no choice; the others wait in `open`. */
  private propagate(): BootflakeError | undefined {
    while (this.processed < this.trail.length) {
      const asker = this.trail[this.processed++]!;
      for (const group of asker.depends) {
        if (this.isMet(group)) continue;
        const options = this.options(group);
        if (options.length === 0) return this.unmet(asker, group);
        if (options.length > 1) this.open.push({ asker, group });
        else {
          const failure = this.add(options[0]!, asker, textOf(group));
          if (failure) return failure;
        }
      }
    }
    return undefined;
  }

  /** Makes the first open choice; its other options are kept in case it fails. */
  private decide(): BootflakeError | undefined {
    while (this.open.length > 0) {
      const { asker, group } = this.open.shift()!;
      if (this.isMet(group)) continue;
      const options = this.options(group);
      const free = options.filter((option) => !this.conflictOf(option));
      if (free.length === 0) return this.add(options[0]!, asker, textOf(group));
      if (free.length > 1) this.decisions.push({ trail: this.trail.length, open: [...this.open], rest: free.slice(1), asker, group });
      return this.add(free[0]!, asker, textOf(group));
    }
    return undefined;
  }

  /** Backtracks to the newest decision with an option left and takes that. Throws `failure` when there is none. */
  private takeBack(failure: BootflakeError): BootflakeError | undefined {
    const decision = this.decisions.at(-1);
    if (!decision) throw failure;
    while (this.trail.length > decision.trail) this.remove(this.trail.pop()!);
    this.processed = this.trail.length;
    this.open = [...decision.open];
    const next = decision.rest.shift()!;
    if (decision.rest.length === 0) this.decisions.pop();
    return this.add(next, decision.asker, textOf(decision.group));
  }

  private options(group: Alternatives): CatalogPackage[] {
    return group.length === 1
      ? this.catalog.candidates(group[0]!)
      : [...new Set(group.flatMap((relation) => this.catalog.candidates(relation)))];
  }

  private isMet(group: Alternatives): boolean {
    return group.some((relation) => this.catalog.candidates(relation).some((candidate) => this.chosen.has(candidate.name)));
  }

  private add(item: CatalogPackage, by: CatalogPackage | undefined, relation: string): BootflakeError | undefined {
    if (this.chosen.has(item.name)) return undefined;
    const conflict = this.conflictOf(item);
    this.chosen.set(item.name, { item, by, relation });
    this.trail.push(item);
    for (const { name } of item.provides) append(this.providing, name, item);
    for (const refused of item.conflicts) append(this.refusing, refused.name, { by: item, relation: refused });
    return conflict && this.conflictError(conflict.by, conflict.relation, conflict.other);
  }

  private remove(item: CatalogPackage): void {
    this.chosen.delete(item.name);
    for (const { name } of item.provides) this.providing.get(name)!.pop();
    for (const refused of item.conflicts) this.refusing.get(refused.name)!.pop();
  }

  private conflictOf(item: CatalogPackage): { by: CatalogPackage; relation: Relation; other: CatalogPackage } | undefined {
    for (const relation of item.conflicts) {
      const real = this.chosen.get(relation.name)?.item;
      if (real && relationAccepts(relation, real.version)) return { by: item, relation, other: real };
      const provider = this.providing.get(relation.name)?.find((other) => refuses(relation, other));
      if (provider && provider !== item) return { by: item, relation, other: provider };
    }
    for (const { name, version } of [{ name: item.name, version: item.version }, ...item.provides]) {
      const refusal = this.refusing.get(name)?.find(({ by, relation }) => by !== item && relationAccepts(relation, version));
      if (refusal) return { ...refusal, other: item };
    }
    return undefined;
  }

  private unmet(asker: CatalogPackage, group: Alternatives): BootflakeError {
    const found = group.map(({ name }) => this.catalog.find(name)).find((item) => item !== undefined);
    const { suite } = this.catalog.index.description;
    const why = found ? `${suite} has ${found.name} ${found.version}` : `${suite} has no package that is or provides it`;
    return new BootflakeError({
      code: 'debian/unmet-dependency',
      message: shortened(`'${asker.name}' needs ${textOf(group)}, but ${why}${this.chain(asker)}`, MOST_MESSAGE),
    });
  }

  private conflictError(by: CatalogPackage, relation: Relation, other: CatalogPackage): BootflakeError {
    const provides = other.name === relation.name ? '' : `, which '${other.name}' provides`;
    return new BootflakeError({
      code: 'debian/conflict',
      message: shortened(
        `'${by.name}' and '${other.name}' cannot be together: ${by.name} ${by.version} refuses ${relation.text}${provides}` +
          `${this.chain(by)}${this.chain(other)}`,
        MOST_MESSAGE,
      ),
      hint: 'Leave one of them out.',
    });
  }

  /** Explains why a package was chosen, one line per step. */
  private chain(item: CatalogPackage): string {
    const lines: string[] = [];
    for (let step = this.chosen.get(item.name); step; step = step.by && this.chosen.get(step.by.name)) {
      lines.push(step.by ? `${step.item.name}: ${step.by.name} needs ${step.relation}` : `${step.item.name}: requested`);
    }
    return lines.map((line) => `\n  ${line}`).join('');
  }
}

function refuses(relation: Relation, other: CatalogPackage): boolean {
  return other.provides.some(({ name, version }) => name === relation.name && relationAccepts(relation, version));
}

function textOf(group: Alternatives): string {
  return group.map((relation) => relation.text).join(' | ');
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Depth first, so that a dependency comes before what needs it; cycles are entered at the first name reached. */
function installOrder(catalog: Catalog, roots: CatalogPackage[], chosen: Map<string, Chosen>): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (item: CatalogPackage) => {
    if (seen.has(item.name)) return;
    seen.add(item.name);
    for (const group of item.depends) {
      for (const relation of group) {
        for (const candidate of catalog.candidates(relation)) if (chosen.has(candidate.name)) visit(candidate);
      }
    }
    order.push(item.name);
  };
  roots.filter((root) => root.essential).forEach(visit);
  roots.forEach(visit);
  return order;
}
