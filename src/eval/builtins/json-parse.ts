/** JSON texts (byte strings) as values: integers of 64 bits, floats apart from integers, strings as UTF-8 bytes. */
import { Attrs, AttrsBuilder } from '../attrs.ts';
import { encodeBytes } from '../../lang/bytes.ts';
import { NixFloat, normalizeInt, type Value } from '../value.ts';

/** What is wrong with a JSON text; the builtin gives it a position in the Nix program. */
export class JsonError extends Error {}

/** Parses one JSON text; nothing but white space may follow it. Throws JsonError. */
export function parseJson(text: string): Value {
  const parser = new JsonParser(text);
  return parser.document();
}

const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

class JsonParser {
  private at = 0;

  constructor(private readonly text: string) {
    if (text.startsWith('\xef\xbb\xbf')) this.at = 3;
  }

  document(): Value {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) throw this.fault('something follows the end of the value');
    return value;
  }

  private value(): Value {
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.object();
      case '[':
        return this.array();
      case '"':
        return this.string();
      case 't':
        return this.literal('true', true);
      case 'f':
        return this.literal('false', false);
      case 'n':
        return this.literal('null', null);
      default:
        return this.number();
    }
  }

  private literal(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.at)) throw this.fault('invalid literal');
    this.at += word.length;
    return value;
  }

  private number(): Value {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (!match) throw this.fault(this.at >= this.text.length ? 'unexpected end of input' : 'invalid literal');
    this.at = NUMBER.lastIndex;
    if (match[1] !== undefined || match[2] !== undefined) {
      const value = Number(match[0]);
      if (!Number.isFinite(value)) throw this.fault(`the number ${match[0]} is out of range`);
      return new NixFloat(value);
    }
    if (match[0].length < 16) return Number(match[0]) + 0;
    const integer = BigInt(match[0]);
    const value = normalizeInt(integer);
    if (value !== undefined) return value;
    if (integer > 0n && integer < 2n ** 64n) throw this.fault(`unsigned json number ${integer} outside of Nix integer range`);
    return new NixFloat(Number(match[0]));
  }

  private array(): Value[] {
    const list: Value[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return list;
    }
    for (;;) {
      list.push(this.value());
      this.space();
      const next = this.text[this.at++];
      if (next === ']') return list;
      if (next !== ',') throw this.fault("',' or ']' was expected");
    }
  }

  private object(): Attrs {
    const builder = new AttrsBuilder();
    this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return Attrs.empty;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') throw this.fault('an object key (a string) was expected');
      const key = this.string();
      this.space();
      if (this.text[this.at++] !== ':') throw this.fault("':' was expected");
      builder.set(key, this.value());
      this.space();
      const next = this.text[this.at++];
      if (next === '}') return builder.build();
      if (next !== ',') throw this.fault("',' or '}' was expected");
    }
  }

  private string(): string {
    let result = '';
    let start = ++this.at;
    let high = false;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) break;
      if (code === 0x5c) {
        result += this.text.slice(start, this.at) + this.escape();
        start = this.at;
      } else if (code >= 0x20) {
        if (code >= 0x80) high = true;
        this.at++;
      } else throw this.fault(Number.isNaN(code) ? 'a string has no end' : 'a control character in a string must be escaped');
    }
    result += this.text.slice(start, this.at++);
    if (high) this.checkUtf8(result);
    return result;
  }

  private checkUtf8(bytes: string): void {
    try {
      UTF8.decode(Buffer.from(bytes, 'latin1'));
    } catch {
      throw this.fault('a string is not valid UTF-8');
    }
  }

  private escape(): string {
    const char = this.text[this.at + 1] ?? '';
    if (char !== 'u') {
      const plain = ESCAPES[char];
      if (plain === undefined) throw this.fault(`'\\${char}' is no escape`);
      this.at += 2;
      return plain;
    }
    const unit = this.unit(this.at);
    this.at += 6;
    if (unit === 0) throw this.fault('a string with a null byte cannot be represented in Nix');
    if (unit < 0xd800 || unit > 0xdfff) return encodeBytes(String.fromCharCode(unit));
    const low = unit < 0xdc00 && this.text.startsWith('\\u', this.at) ? this.unit(this.at) : 0;
    if (low < 0xdc00 || low > 0xdfff) throw this.fault('a surrogate has no partner');
    this.at += 6;
    return encodeBytes(String.fromCharCode(unit, low));
  }

  private unit(at: number): number {
    const digits = this.text.slice(at + 2, at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.fault("'\\u' must be followed by 4 hex digits");
    return parseInt(digits, 16);
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private fault(why: string): JsonError {
    const before = this.text.slice(0, this.at);
    const line = before.split('\n').length;
    return new JsonError(`syntax error at line ${line}, column ${this.at - before.lastIndexOf('\n')}: ${why}`);
  }
}
