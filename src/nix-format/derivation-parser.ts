import { BACKSLASH, QUOTE } from '../base/ascii.ts';
import { BootflakeError } from '../base/errors.ts';
import type { Derivation, DerivationOutput } from './derivation.ts';

/** Parses a derivation's text (a byte string). `name` is the store name without `.drv`. Throws `nix-format/bad-derivation`. */
export function parseDerivation(text: string, name: string): Derivation {
  return new Reader(text, name).derivation();
}

const UNESCAPED: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

class Reader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly name: string,
  ) {}

  derivation(): Derivation {
    if (this.text.startsWith('DrvWithVersion('))
      throw this.fault('it needs the experimental feature dynamic-derivations, which is not supported');
    this.expect('Derive(');
    const outputs = new Map<string, DerivationOutput>();
    this.list(() => {
      this.expect('(');
      const id = this.string();
      const path = this.nextString();
      const hashAlgo = this.nextString();
      const hash = this.nextString();
      this.expect(')');
      outputs.set(id, { path, hashAlgo, hash });
    });
    this.expect(',');
    const inputDrvs = new Map<string, string[]>();
    this.list(() => {
      this.expect('(');
      const path = this.string();
      this.expect(',');
      inputDrvs.set(path, this.strings());
      this.expect(')');
    });
    this.expect(',');
    const inputSrcs = this.strings();
    const system = this.nextString();
    const builder = this.nextString();
    this.expect(',');
    const args = this.strings();
    this.expect(',');
    const env = new Map<string, string>();
    this.list(() => {
      this.expect('(');
      const key = this.string();
      env.set(key, this.nextString());
      this.expect(')');
    });
    this.expect(')');
    if (this.at !== this.text.length) throw this.fault('text follows its end');
    return { name: this.name, outputs, inputDrvs, inputSrcs, system, builder, args, env };
  }

  private list(item: () => void): void {
    this.expect('[');
    if (this.text[this.at] === ']') {
      this.at++;
      return;
    }
    for (;;) {
      item();
      if (this.text[this.at] === ',') this.at++;
      else break;
    }
    this.expect(']');
  }

  private strings(): string[] {
    const items: string[] = [];
    this.list(() => items.push(this.string()));
    return items;
  }

  private nextString(): string {
    this.expect(',');
    return this.string();
  }

  private string(): string {
    this.expect('"');
    let result = '';
    for (;;) {
      const start = this.at;
      let code = 0;
      while (this.at < this.text.length && (code = this.text.charCodeAt(this.at)) !== QUOTE && code !== BACKSLASH) this.at++;
      if (this.at >= this.text.length) throw this.fault('a string has no end');
      result += this.text.slice(start, this.at++);
      if (code === QUOTE) return result;
      const escaped = this.text[this.at++] ?? '';
      result += UNESCAPED[escaped] ?? escaped;
    }
  }

  private expect(token: string): void {
    if (!this.text.startsWith(token, this.at)) throw this.fault(`'${token}' was expected`);
    this.at += token.length;
  }

  private fault(why: string): BootflakeError {
    return new BootflakeError({
      code: 'nix-format/bad-derivation',
      message: `the derivation '${this.name}.drv' cannot be read: ${why} (at byte ${this.at})`,
    });
  }
}
