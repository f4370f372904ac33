/** `nix-support/debian.json` of an unpacked package. Any store path can have a file of that name, so its contents are checked. */
import type { DebFacts, SpecialMember } from '../../debian/deb.ts';
import { isFileName } from '../../tree/file-name.ts';

/** Returns undefined for anything that builtin:debian-package would not have written. */
export function readDebFacts(text: string): DebFacts | undefined {
  let facts: Partial<Record<keyof DebFacts, unknown>> | null;
  try {
    facts = JSON.parse(text) as typeof facts;
  } catch {
    return undefined;
  }
  if (typeof facts !== 'object' || facts === null) return undefined;
  const { special, diversions = {} } = facts;
  const texts = [facts.name, facts.version, facts.replaces].every((item) => typeof item === 'string');
  if (!texts || !Array.isArray(special) || !special.every(isSpecial) || typeof diversions !== 'object' || diversions === null)
    return undefined;
  // Extracted from scripts, so it may be anything.
  return { ...(facts as DebFacts), diversions: Object.fromEntries(Object.entries(diversions).filter((pair) => pair.every(isPath))) };
}

/** Each becomes a line of text. */
function isSpecial(item: unknown): item is SpecialMember {
  if (typeof item !== 'object' || item === null) return false;
  const { path, type, mode, owner, group } = item as Record<keyof SpecialMember, unknown>;
  return (
    isPath(path) &&
    (type === 'file' || type === 'directory') &&
    isText(mode, /^[0-7]{1,4}$/) &&
    isText(owner, /^[^\s:]+$/) &&
    isText(group, /^[^\s:]+$/)
  );
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

/** From the root, without a slash at its beginning. */
function isPath(path: unknown): path is string {
  return typeof path === 'string' && !path.includes('\n') && path.split('/').every(isFileName);
}
