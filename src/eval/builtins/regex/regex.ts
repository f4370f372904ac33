import { compileRegex, type RegexProgram } from './program.ts';
import { RegexRun, type Match } from './execute.ts';
import { nativePattern, type NativePattern } from './native.ts';
import { parseRegex, type ParsedRegex } from './parse.ts';

/** The text that each group took; null for one that took no part. */
export type Groups = (string | null)[];

/** JavaScript's engine may take this many steps on one text before ours, whose steps are slower but fewer, is preferred. */
const NATIVE_STEPS = 1e7;

interface NativeEngine {
  regExp: RegExp;
  /** The text's length to this power bounds the steps. */
  power: number;
}

/** A compiled pattern. Engines are made when first needed; null: JavaScript's cannot be used. */
export class Regex {
  private readonly parsed: ParsedRegex;
  private program: RegexProgram | undefined;
  private nativeMatch: NativeEngine | null | undefined;
  private nativeSearch: NativeEngine | null | undefined;

  /** Throws RegexSyntaxError or RegexTooLarge. */
  constructor(pattern: string) {
    this.parsed = parseRegex(pattern);
  }

  /** The groups when the pattern matches all of the text. */
  match(text: string): Groups | undefined {
    if (this.nativeMatch === undefined) {
      this.nativeMatch = engine(nativePattern(this.parsed, false), ({ source, loops }) => ({
        regExp: new RegExp(`^(?:${source})$`),
        power: loops,
      }));
    }
    if (suits(this.nativeMatch, text)) {
      const { regExp } = this.nativeMatch;
      const native = tryNative(() => regExp.exec(text));
      if (native !== undefined) return native === null ? undefined : nativeGroups(native);
    }
    const match = new RegexRun(this.compiled(), text).matchAll();
    return match && groupsOf(match, text);
  }

  /** All matches from the left: where each begins and ends, and its groups. */
  matches(text: string): { begin: number; end: number; groups: Groups }[] {
    if (this.nativeSearch === undefined) {
      this.nativeSearch = engine(nativePattern(this.parsed, true), ({ source, loops }) => ({
        regExp: new RegExp(source, 'g'),
        power: loops + 1,
      }));
    }
    const native = suits(this.nativeSearch, text) ? this.searchNatively(this.nativeSearch.regExp, text) : undefined;
    if (native) return native.map((match) => ({ begin: match.index, end: match.index + match[0].length, groups: nativeGroups(match) }));
    const run = new RegexRun(this.compiled(), text);
    const found: { begin: number; end: number; groups: Groups }[] = [];
    let match = run.search(0);
    while (match) {
      const begin = match[0]!;
      const end = match[1]!;
      found.push({ begin, end, groups: groupsOf(match, text) });
      if (begin < end) match = run.search(end);
      else if (end === text.length) break;
      // After an empty match: one that takes something at the same place, else on from the next byte.
      else match = run.search(end, true) ?? run.search(end + 1);
    }
    return found;
  }

  private searchNatively(regExp: RegExp, text: string): RegExpExecArray[] | undefined {
    return tryNative(() => [...text.matchAll(regExp)]);
  }

  private compiled(): RegexProgram {
    return (this.program ??= compileRegex(this.parsed));
  }
}

function engine(pattern: NativePattern | undefined, make: (pattern: NativePattern) => NativeEngine): NativeEngine | null {
  return pattern === undefined ? null : make(pattern);
}

function suits(native: NativeEngine | null, text: string): native is NativeEngine {
  return native !== null && (native.power <= 1 || text.length ** native.power <= NATIVE_STEPS);
}

/** undefined when JavaScript's engine ran out of stack. */
function tryNative<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function nativeGroups(match: RegExpExecArray): Groups {
  const groups: Groups = [];
  for (let i = 1; i < match.length; i++) groups.push(match[i] ?? null);
  return groups;
}

function groupsOf(match: Match, text: string): Groups {
  const groups: Groups = [];
  for (let i = 2; i < match.length; i += 2) groups.push(match[i]! < 0 ? null : text.slice(match[i], match[i + 1]));
  return groups;
}
