/** Relations between packages: `a | b (>= 1), c:any`. Debian Policy 7.1. */
import { versionSatisfies, type VersionOperator } from './version.ts';

export interface Relation {
  name: string;
  /** `any`, or an architecture; undefined when the relation names none. */
  architecture: string | undefined;
  operator: VersionOperator | undefined;
  version: string;
  /** As written, for messages. */
  text: string;
}

/** Alternatives, the preferred one first. */
export type Alternatives = Relation[];

const known = new Map<string, Relation>();

/** Relations are few and repeated often: each text is parsed once. */
function parseRelation(text: string): Relation {
  let relation = known.get(text);
  if (!relation) {
    const [, name = text, architecture, operator, version = ''] =
      /^([^\s:(<[]+)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?/.exec(text) ?? [];
    relation = { name, architecture, operator: modern(operator), version, text };
    known.set(text, relation);
  }
  return relation;
}

/** `<` and `>` are the old spellings of `<=` and `>=`. */
function modern(operator: string | undefined): VersionOperator | undefined {
  return operator === '<' ? '<=' : operator === '>' ? '>=' : (operator as VersionOperator | undefined);
}

/** Parses a field such as Depends. */
export function parseRelations(field: string | undefined): Alternatives[] {
  if (!field) return [];
  const groups: Alternatives[] = [];
  for (const item of field.split(',')) {
    const group = item.trim();
    if (group === '') continue;
    groups.push(group.includes('|') ? group.split('|').map((part) => parseRelation(part.trim())) : [parseRelation(group)]);
  }
  return groups;
}

export interface Provided {
  name: string;
  /** Only a versioned Provides satisfies a relation with a version. */
  version: string | undefined;
}

export function parseProvides(field: string | undefined): Provided[] {
  return parseRelations(field)
    .flat()
    .map(({ name, version }) => ({ name, version: version || undefined }));
}

/** Returns whether a version satisfies the relation. An unversioned Provides has version undefined. */
export function relationAccepts(relation: Relation, version: string | undefined): boolean {
  if (!relation.operator) return true;
  return version !== undefined && versionSatisfies(version, relation.operator, relation.version);
}
