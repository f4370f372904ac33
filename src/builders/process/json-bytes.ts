/**
 * JSON as Nix's library (nlohmann) reads and writes it: strings are bytes, one character each; objects are sorted by those; numbers keep
 * their digits, of which JavaScript's would lose some.
 */
import { BootflakeError } from '../../base/errors.ts';

export class JsonNumber {
  constructor(readonly digits: string) {}

  get isFloat(): boolean {
    return /[.eE]/.test(this.digits);
  }
}

export type Json = string | boolean | null | JsonNumber | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

/** Levels of a value. */
const DEEPEST = 1_000;

/** Throws `nix-format/bad-derivation`. */
export function parseJson(text: string): Json {
  const parser = new JsonParser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

/** Returns the text without spaces. */
export function writeJson(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.digits;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  return `{${sortedMembers(value)
    .map(([key, member]) => `${quoted(key)}:${writeJson(member)}`)
    .join(',')}}`;
}

/** The members in the order of their keys' bytes. */
export function sortedMembers(object: JsonObject): [string, Json][] {
  return [...object].sort(([a], [b]) => (a < b ? -1 : 1));
}

const short: Record<string, string> = { '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };

function quoted(text: string): string {
  const escaped = text.replace(/[\x00-\x1f"\\]/g, (char) => short[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

class JsonParser {
  private at = 0;

  constructor(private readonly text: string) {}

  value(depth: number): Json {
    if (depth > DEEPEST) throw this.fault();
    this.space();
    const char = this.text[this.at];
    if (char === '"') return this.string();
    if (char === '[') return this.list(depth);
    if (char === '{') return this.object(depth);
    for (const [word, value] of [['true', true] as const, ['false', false] as const, ['null', null] as const])
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    return new JsonNumber(this.match(/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y));
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.fault();
  }

  private list(depth: number): Json[] {
    const items: Json[] = [];
    for (this.at++; !this.closes(']', items.length > 0); ) items.push(this.value(depth + 1));
    return items;
  }

  private object(depth: number): JsonObject {
    const members: JsonObject = new Map();
    for (this.at++; !this.closes('}', members.size > 0); ) {
      this.space();
      const key = this.string();
      this.space();
      this.match(/:/y);
      members.set(key, this.value(depth + 1));
    }
    return members;
  }

  /** Reads the bracket, or the comma before another member. */
  private closes(bracket: string, another: boolean): boolean {
    this.space();
    if (this.text[this.at] === bracket) {
      this.at++;
      return true;
    }
    if (another) this.match(/,/y);
    return false;
  }

  private string(): string {
    const raw = this.match(/"(?:[^"\\\x00-\x1f]|\\.)*"/y);
    if (!raw.includes('\\')) return raw.slice(1, -1);
    // Only escapes are decoded: the characters around them are bytes of UTF-8 already.
    return raw.slice(1, -1).replace(/(?:\\u[0-9a-fA-F]{4})+|\\./g, (escape) => {
      try {
        return Buffer.from(JSON.parse(`"${escape}"`) as string, 'utf8').toString('latin1');
      } catch {
        throw this.fault();
      }
    });
  }

  private space(): void {
    while (/[ \t\r\n]/.test(this.text[this.at] ?? '')) this.at++;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw this.fault();
    this.at += found.length;
    return found;
  }

  private fault(): BootflakeError {
    return new BootflakeError({
      code: 'nix-format/bad-derivation',
      message: `the structured attributes of the derivation are not JSON, at byte ${this.at}`,
    });
  }
}
