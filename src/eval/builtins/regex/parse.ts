/**
 * POSIX extended regular expressions, as the C++ library behind Nix (libstdc++, std::regex::extended) reads them. Where POSIX leaves
 * the meaning open, that library decides: `\` before an ordinary character is an error, `a**` is allowed, `a{,2}` is not.
 */
import { characterClass, collatingElement, equivalents } from './classes.ts';

export type RegexNode =
  /** One byte out of a set: 256 flags. */
  | { type: 'set'; set: Uint8Array }
  | { type: 'begin' }
  | { type: 'end' }
  /** A capturing group; `index` counts from 0. */
  | { type: 'group'; index: number; body: RegexNode }
  | { type: 'sequence'; items: RegexNode[] }
  | { type: 'alternatives'; options: RegexNode[] }
  /** `max` may be Infinity. `plus`: written `x+`, whose first round and loop are one and the same copy of the body. */
  | { type: 'repeat'; body: RegexNode; min: number; max: number; plus?: boolean };

export interface ParsedRegex {
  root: RegexNode;
  groups: number;
}

/** The pattern is no regular expression; the builtin says so with the pattern and its position. */
export class RegexSyntaxError extends Error {}

/** Parses a pattern (a byte string). Throws RegexSyntaxError. */
export function parseRegex(pattern: string): ParsedRegex {
  const parser = new RegexParser(pattern);
  return parser.parse();
}

const SPECIAL = '.[\\()*+?{|^$';

class RegexParser {
  private at = 0;
  private groups = 0;

  constructor(private readonly pattern: string) {}

  parse(): ParsedRegex {
    const root = this.disjunction();
    if (this.at < this.pattern.length) throw new RegexSyntaxError('unbalanced parenthesis, or a repetition of nothing');
    return { root, groups: this.groups };
  }

  private disjunction(): RegexNode {
    const options = [this.alternative()];
    while (this.pattern[this.at] === '|') {
      this.at++;
      options.push(this.alternative());
    }
    return options.length === 1 ? options[0]! : { type: 'alternatives', options };
  }

  private alternative(): RegexNode {
    const items: RegexNode[] = [];
    for (;;) {
      const term = this.term();
      if (!term) break;
      items.push(term);
    }
    return items.length === 1 ? items[0]! : { type: 'sequence', items };
  }

  private term(): RegexNode | undefined {
    const char = this.pattern[this.at];
    if (char === '^' || char === '$') {
      this.at++;
      return { type: char === '^' ? 'begin' : 'end' };
    }
    let atom = this.atom(char);
    if (!atom) return undefined;
    for (;;) {
      const quantified = this.quantifier(atom);
      if (!quantified) return atom;
      atom = quantified;
    }
  }

  private atom(char: string | undefined): RegexNode | undefined {
    if (char === undefined || char === '|' || char === ')' || char === '*' || char === '+' || char === '?' || char === '{')
      return undefined;
    this.at++;
    if (char === '(') {
      const index = this.groups++;
      const body = this.disjunction();
      if (this.pattern[this.at] !== ')') throw new RegexSyntaxError('a parenthesis is not closed');
      this.at++;
      return { type: 'group', index, body };
    }
    if (char === '[') return { type: 'set', set: new BracketParser(this.pattern, this.at, (end) => (this.at = end)).parse() };
    if (char === '.') return { type: 'set', set: new Uint8Array(256).fill(1).fill(0, 0, 1) };
    if (char === '\\') {
      const escaped = this.pattern[this.at];
      if (escaped === undefined || !SPECIAL.includes(escaped))
        throw new RegexSyntaxError('a backslash stands before a character that needs none');
      this.at++;
      return single(escaped);
    }
    return single(char);
  }

  private quantifier(body: RegexNode): RegexNode | undefined {
    const char = this.pattern[this.at];
    if (char === '*' || char === '+' || char === '?') {
      this.at++;
      return { type: 'repeat', body, min: char === '+' ? 1 : 0, max: char === '?' ? 1 : Infinity, plus: char === '+' };
    }
    if (char !== '{') return undefined;
    const match = /^\{([0-9]+)(,([0-9]*))?\}/.exec(this.pattern.slice(this.at));
    if (!match) throw new RegexSyntaxError('bad repetition count');
    this.at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3]);
    if (max < min) throw new RegexSyntaxError('bad repetition count');
    return { type: 'repeat', body, min, max };
  }
}

function single(char: string): RegexNode {
  const set = new Uint8Array(256);
  set[char.charCodeAt(0)] = 1;
  return { type: 'set', set };
}

/** What stands before in a bracket expression: nothing that a range could begin with, a character, or a class. */
type Last = { type: 'none' } | { type: 'char'; code: number } | { type: 'class' };

class BracketParser {
  private readonly set = new Uint8Array(256);
  private last: Last = { type: 'none' };

  constructor(
    private readonly pattern: string,
    private at: number,
    private readonly finish: (end: number) => void,
  ) {}

  parse(): Uint8Array {
    const negated = this.pattern[this.at] === '^';
    if (negated) this.at++;
    // A bracket or dash that comes first is a plain character.
    const first = this.pattern[this.at];
    if (first === ']' || first === '-') {
      this.at++;
      this.last = { type: 'char', code: first.charCodeAt(0) };
    }
    while (this.item());
    this.flush();
    this.finish(this.at);
    if (negated) for (let i = 0; i < 256; i++) this.set[i]! ^= 1;
    return this.set;
  }

  /** false at the closing bracket, which is consumed. */
  private item(): boolean {
    const char = this.peek();
    if (char === ']') {
      this.at++;
      return false;
    }
    if (char === '-') return this.dash();
    if (char === '[') {
      const kind = this.pattern[this.at + 1];
      if (kind === ':' || kind === '=' || kind === '.') {
        this.bracketed(kind);
        return true;
      }
    }
    this.at++;
    this.flush();
    this.last = { type: 'char', code: char.charCodeAt(0) };
    return true;
  }

  private dash(): boolean {
    this.at++;
    if (this.peek() === ']') {
      this.at++;
      this.flush();
      this.last = { type: 'char', code: 45 };
      return false;
    }
    if (this.last.type !== 'char') throw new RegexSyntaxError('a dash in a bracket expression begins no range');
    const end = this.peek();
    if (end === '[' && /[:=.]/.test(this.pattern[this.at + 1] ?? ''))
      throw new RegexSyntaxError('a range in a bracket expression has no end');
    this.at++;
    this.range(this.last.code, end.charCodeAt(0));
    this.last = { type: 'none' };
    return true;
  }

  /** Bytes are compared as signed, as C's `char` is. */
  private range(from: number, to: number): void {
    const low = (from << 24) >> 24;
    const high = (to << 24) >> 24;
    if (low > high) throw new RegexSyntaxError('a range in a bracket expression is reversed');
    for (let code = low; code <= high; code++) this.set[code & 0xff] = 1;
  }

  private bracketed(kind: ':' | '=' | '.'): void {
    const end = this.pattern.indexOf(`${kind}]`, this.at + 2);
    if (end < 0) throw new RegexSyntaxError('a class in a bracket expression is not closed');
    const name = this.pattern.slice(this.at + 2, end);
    this.at = end + 2;
    this.flush();
    if (kind === ':') {
      const members = characterClass(name);
      if (!members) throw new RegexSyntaxError(`there is no character class '${name}'`);
      this.addAll(members);
      this.last = { type: 'class' };
      return;
    }
    const code = collatingElement(name);
    if (code === undefined) throw new RegexSyntaxError(`there is no collating element '${name}'`);
    if (kind === '.') this.last = { type: 'char', code };
    else {
      this.addAll(equivalents(code));
      this.last = { type: 'class' };
    }
  }

  private addAll(codes: Iterable<number>): void {
    for (const code of codes) this.set[code] = 1;
  }

  private flush(): void {
    if (this.last.type === 'char') this.set[this.last.code] = 1;
    this.last = { type: 'none' };
  }

  private peek(): string {
    const char = this.pattern[this.at];
    if (char === undefined) throw new RegexSyntaxError('a bracket expression is not closed');
    return char;
  }
}
