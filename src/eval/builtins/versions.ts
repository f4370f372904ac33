import { Attrs } from '../attrs.ts';
import { forceStringNoContext } from '../expect.ts';
import type { BuiltinDef } from '../value.ts';

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isSeparator = (code: number): boolean => code === 45 || code === 46;

/** The parts of a version: runs of digits and runs of other characters, split at `.` and `-`. */
export function versionComponents(version: string): string[] {
  const components: string[] = [];
  let at = 0;
  for (;;) {
    while (at < version.length && isSeparator(version.charCodeAt(at))) at++;
    if (at >= version.length) return components;
    const start = at;
    const digits = isDigit(version.charCodeAt(at));
    while (at < version.length && !isSeparator(version.charCodeAt(at)) && isDigit(version.charCodeAt(at)) === digits) at++;
    components.push(version.slice(start, at));
  }
}

/** As an `int` of C: what does not fit one is compared as text. */
function asInt(component: string): number | undefined {
  if (!/^[0-9]+$/.test(component)) return undefined;
  const n = Number(component);
  return n <= 0x7fffffff ? n : undefined;
}

function componentBefore(a: string, b: string): boolean {
  const m = asInt(a);
  const n = asInt(b);
  if (m !== undefined && n !== undefined) return m < n;
  if (a === '' && n !== undefined) return true;
  if (a === 'pre' && b !== 'pre') return true;
  if (b === 'pre') return false;
  // "2.3a" comes before "2.3.1".
  if (n !== undefined) return true;
  if (m !== undefined) return false;
  return a < b;
}

/** -1, 0 or 1. */
export function compareVersions(a: string, b: string): number {
  const left = versionComponents(a);
  const right = versionComponents(b);
  for (let i = 0; i < left.length || i < right.length; i++) {
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    if (componentBefore(x, y)) return -1;
    if (componentBefore(y, x)) return 1;
  }
  return 0;
}

/** Splits `name-version` at the first dash that no letter follows. */
export function parseDrvName(text: string): { name: string; version: string } {
  const match = /-(?=[^a-zA-Z])/s.exec(text);
  if (!match) return { name: text, version: '' };
  return { name: text.slice(0, match.index), version: text.slice(match.index + 1) };
}

export const versionBuiltins: BuiltinDef[] = [
  {
    name: 'compareVersions',
    args: ['s1', 's2'],
    doc: '-1 when version *s1* is older than *s2*, 0 when they are the same, 1 when it is newer.',
    run: (_ev, pos, a, b) =>
      compareVersions(
        forceStringNoContext(a!, pos, 'the first argument passed to builtins.compareVersions'),
        forceStringNoContext(b!, pos, 'the second argument passed to builtins.compareVersions'),
      ),
  },
  {
    name: 'splitVersion',
    args: ['s'],
    doc: 'The components of a version, as `compareVersions` sees them.',
    run: (_ev, pos, s) => versionComponents(forceStringNoContext(s!, pos, 'the first argument passed to builtins.splitVersion')),
  },
  {
    name: 'parseDrvName',
    args: ['s'],
    doc: 'The name and version in a derivation name: `parseDrvName "nix-0.12pre"` is `{ name = "nix"; version = "0.12pre"; }`.',
    run(_ev, pos, s) {
      const { name, version } = parseDrvName(forceStringNoContext(s!, pos, 'the first argument passed to builtins.parseDrvName'));
      return Attrs.from([
        ['name', name],
        ['version', version],
      ]);
    },
  },
];
