/** Reads text into the tree of tree.ts, using the lexer of src/lang. The parser has already accepted the text. */
import { Lexer, type Token } from '../../src/lang/lexer.ts';
import { registerSource } from '../../src/lang/position.ts';
import type { AttrName, AttrPath, Binding, Formal, Node, Part, Pattern, StringNode, Tok, Trivia } from './tree.ts';

const precedences = new Map<Token, number>([
  ['<|', -1],
  ['|>', 0],
  ['->', 1],
  ['||', 2],
  ['&&', 3],
  ['==', 4],
  ['!=', 4],
  ['<', 5],
  ['>', 5],
  ['<=', 5],
  ['>=', 5],
  ['//', 6],
  ['+', 8],
  ['-', 8],
  ['*', 9],
  ['/', 9],
  ['++', 10],
  ['?', 11],
]);
const rightOnes = new Set<Token>(['<|', '->', '//', '++']);
const notPrecedence = 7;
const negatePrecedence = 12;

const operands = new Set<Token>(['id', 'int', 'float', '"', "''", 'path', 'hpath', 'spath', 'uri', '(', '{', '[', 'rec', 'let']);

/** Closing tokens: a comment after one on the same line is about what the token closes. */
const enders = new Set<Token>(['id', 'int', 'float', '"', "''", 'path', 'hpath', 'spath', 'uri', ')', '}', ']', ';', ',', '...', 'or']);

/** Blanks up to the end of a line or of the text. */
const restOfLine = /[ \t\r]*(?:\n|$)/y;

export function read(text: string): { file: Node; comments: string[] } {
  const reader = new Reader(text);
  return { file: reader.file(), comments: reader.comments };
}

class Reader {
  readonly comments: string[] = [];
  private readonly lexer: Lexer;
  private current: Tok;
  /** The previous token, for the comment that follows it. */
  private last: { tok: Tok; token: Token } | null = null;
  private lastEnd = 0;
  private readonly lineStarts = [0];

  constructor(private readonly text: string) {
    this.lexer = new Lexer(registerSource('«text»', text));
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.lineStarts.push(at + 1);
    this.current = this.advance();
  }

  file(): Node {
    const node = this.expression();
    // Comments after everything else belong to the end.
    return { kind: 'paren', open: this.made(''), inner: node, close: this.current };
  }

  private made(text: string): Tok {
    return { text, leading: [], trailing: null, line: 0 };
  }

  private lineOf(offset: number): number {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Reads the next token, with the comments before it, into `current`. */
  private advance(): Tok {
    const { lexer } = this;
    lexer.next();
    const leading = this.trivia(this.lastEnd, lexer.start);
    this.current = { text: this.text.slice(lexer.start, lexer.end), leading, trailing: null, line: this.lineOf(lexer.start) };
    return this.current;
  }

  /** Returns the current token and advances to the next. */
  private take(): Tok {
    const tok = this.current;
    this.last = { tok, token: this.lexer.token };
    this.lastEnd = this.lexer.end;
    this.advance();
    return tok;
  }

  private trivia(from: number, to: number): Trivia[] {
    const { text } = this;
    const out: Trivia[] = [];
    let lineBreaks = this.last ? 0 : 1;
    for (let at = from; at < to; ) {
      const c = text[at]!;
      if (c === '\n') lineBreaks++;
      if (c !== '#' && c !== '/') {
        at++;
        continue;
      }
      const isLine = c === '#';
      const end = isLine ? text.slice(at, to).search(/[\r\n]/) : text.indexOf('*/', at + 2) + 2 - at;
      const comment = text.slice(at, end < 0 ? to : at + end).trimEnd();
      this.comments.push(comment);
      const start = at;
      at = end < 0 ? to : at + end;
      restOfLine.lastIndex = at;
      const endsLine = isLine || restOfLine.test(text);
      if (lineBreaks >= 2) out.push({ kind: 'blank' });
      const isFirst = lineBreaks === 0 && out.length === 0;
      if (endsLine && isFirst && this.last && this.last.tok.trailing === null && enders.has(this.last.token) && !comment.includes('\n'))
        this.last.tok.trailing = comment;
      else if (endsLine || comment.includes('\n'))
        out.push({ kind: 'comment', text: comment, column: start - this.lineStarts[this.lineOf(start)]! });
      else out.push({ kind: 'inline', text: comment });
      lineBreaks = 0;
    }
    if (lineBreaks >= 2) out.push({ kind: 'blank' });
    return out;
  }

  private is(token: Token): boolean {
    return this.lexer.token === token;
  }

  private peek<T>(look: () => T): T {
    const { lexer } = this;
    const { token, start, end, value, offset } = lexer;
    const answer = look();
    lexer.restore(token, start, end, value, offset);
    return answer;
  }

  private expression(): Node {
    switch (this.lexer.token) {
      case 'id': {
        const next = this.peek(() => this.lexer.next());
        if (next !== ':' && next !== '@') return this.operation(-1);
        const name = this.take();
        if (next === ':') return this.lambda(name, null, null, false);
        const at = this.take();
        return this.lambda(name, at, this.pattern(), false);
      }
      case '{': {
        if (!this.startsFormals()) return this.operation(-1);
        const pattern = this.pattern();
        if (!this.is('@')) return this.lambda(null, null, pattern, false);
        const at = this.take();
        return this.lambda(this.take(), at, pattern, true);
      }
      case 'assert':
      case 'with': {
        const kind = this.lexer.token;
        const word = this.take();
        const head = this.expression();
        const end = this.take();
        return { kind, word, head, end, body: this.expression() };
      }
      case 'let': {
        if (this.peek(() => this.lexer.next()) === '{') return this.operation(-1);
        const word = this.take();
        const bindings = this.bindings('in');
        const inWord = this.take();
        return { kind: 'let', word, bindings, in: inWord, body: this.expression() };
      }
      case 'if': {
        const word = this.take();
        const condition = this.expression();
        const thenWord = this.take();
        const then = this.expression();
        const elseWord = this.take();
        return { kind: 'if', word, condition, thenWord, then, elseWord, otherwise: this.expression() };
      }
      default:
        return this.operation(-1);
    }
  }

  private lambda(name: Tok | null, at: Tok | null, pattern: Pattern | null, nameLast: boolean): Node {
    const colon = this.take();
    return { kind: 'lambda', name, at, pattern, nameLast, colon, body: this.expression() };
  }

  private startsFormals(): boolean {
    return this.peek(() => {
      const { lexer } = this;
      const first = lexer.next();
      if (first === '...') return true;
      const second = lexer.next();
      if (first === '}') return second === ':' || second === '@';
      return first === 'id' && (second === ',' || second === '?' || second === '}');
    });
  }

  private pattern(): Pattern {
    const open = this.take();
    const formals: Formal[] = [];
    let ellipsis: Tok | null = null;
    // A comment before a comma at the start of a line is about what follows the comma.
    let before: Trivia[] = [];
    while (!this.is('}')) {
      this.current.leading.unshift(...before);
      before = [];
      if (this.is('...')) ellipsis = this.take();
      else {
        const name = this.take();
        const question = this.is('?') ? this.take() : null;
        formals.push({ name, question, fallback: question ? this.expression() : null });
      }
      if (!this.is(',')) continue;
      const last = this.last!;
      const comma = this.take();
      before = comma.leading;
      // `a, # about a`
      if (comma.trailing !== null && last.tok.trailing === null) last.tok.trailing = comma.trailing;
      else if (comma.trailing !== null) before.push({ kind: 'comment', text: comma.trailing, column: 0 });
    }
    this.current.leading.unshift(...before);
    return { open, formals, ellipsis, close: this.take() };
  }

  private operation(least: number): Node {
    let left = this.unary();
    for (;;) {
      const { token } = this.lexer;
      const precedence = precedences.get(token);
      if (precedence === undefined || precedence < least) return left;
      const op = this.take();
      if (token === '?') {
        left = { kind: 'hasAttr', base: left, question: op, path: this.attrPath() };
        continue;
      }
      const right = this.operation(rightOnes.has(token) ? precedence : precedence + 1);
      left = this.chain(left, op, right, precedence, rightOnes.has(token));
    }
  }

  /** Adds an operator: it joins the chain on the side that it associates with. */
  private chain(left: Node, op: Tok, right: Node, precedence: number, isRight: boolean): Node {
    const same = (node: Node): node is Node & { kind: 'binary' } =>
      node.kind === 'binary' && precedences.get(node.ops[0]!.text as Token) === precedence;
    if (isRight && same(right)) return { kind: 'binary', operands: [left, ...right.operands], ops: [op, ...right.ops] };
    if (!isRight && same(left)) return { kind: 'binary', operands: [...left.operands, right], ops: [...left.ops, op] };
    return { kind: 'binary', operands: [left, right], ops: [op] };
  }

  private unary(): Node {
    if (this.is('!')) {
      const op = this.take();
      return { kind: 'unary', op, operand: this.operation(notPrecedence) };
    }
    if (this.is('-')) {
      const op = this.take();
      return { kind: 'unary', op, operand: this.operation(negatePrecedence) };
    }
    const fn = this.selection();
    const args: Node[] = [];
    while (operands.has(this.lexer.token)) args.push(this.selection());
    return args.length === 0 ? fn : { kind: 'apply', fn, args };
  }

  private selection(): Node {
    const base = this.simple();
    if (this.is('.')) {
      const dot = this.take();
      const path = this.attrPath();
      if (!this.is('or')) return { kind: 'select', base, dot, path, or: null, fallback: null };
      const or = this.take();
      return { kind: 'select', base, dot, path, or, fallback: this.selection() };
    }
    if (this.is('or')) return { kind: 'apply', fn: base, args: [{ kind: 'token', token: this.take() }] };
    return base;
  }

  private simple(): Node {
    switch (this.lexer.token) {
      case '"':
      case "''":
        return this.string();
      case 'path':
      case 'hpath':
        return this.path();
      case '(': {
        const open = this.take();
        const inner = this.expression();
        return { kind: 'paren', open, inner, close: this.take() };
      }
      case '[': {
        const open = this.take();
        const items: Node[] = [];
        while (!this.is(']')) items.push(this.selection());
        return { kind: 'list', open, items, close: this.take() };
      }
      case 'let':
      case 'rec':
        return this.set(this.take());
      case '{':
        return this.set(null);
      default:
        return { kind: 'token', token: this.take() };
    }
  }

  private set(word: Tok | null): Node {
    const open = this.take();
    const bindings = this.bindings('}');
    return { kind: 'set', word, open, bindings, close: this.take() };
  }

  private bindings(close: Token): Binding[] {
    const bindings: Binding[] = [];
    while (!this.is(close)) {
      if (this.is('inherit')) {
        const word = this.take();
        const open = this.is('(') ? this.take() : null;
        const from = open ? this.expression() : null;
        const closing = open ? this.take() : null;
        const names: AttrName[] = [];
        while (!this.is(';')) names.push(this.attrName());
        bindings.push({ kind: 'inherit', word, open, from, close: closing, names, end: this.take() });
        continue;
      }
      const path = this.attrPath();
      const equals = this.take();
      const value = this.expression();
      bindings.push({ kind: 'binding', path, equals, value, end: this.take() });
    }
    return bindings;
  }

  private attrPath(): AttrPath {
    const names = [this.attrName()];
    const dots: Tok[] = [];
    while (this.is('.')) {
      dots.push(this.take());
      names.push(this.attrName());
    }
    return { names, dots };
  }

  private attrName(): AttrName {
    if (this.is('"')) return this.string();
    if (!this.is('${')) return { kind: 'token', token: this.take() };
    const { open, expr, close } = this.interpolation();
    this.goOn(close, '}', this.lexer.end);
    return { kind: 'dynamic', open, expr, close };
  }

  /** Reads from `${` to `}`, which stays the lexer's current token. */
  private interpolation(): { open: Tok; expr: Node; close: Tok } {
    const open = this.take();
    const expr = this.expression();
    return { open, expr, close: this.current };
  }

  /** Advances to the token after `end`, where `tok` ends. */
  private goOn(tok: Tok, token: Token, end: number): void {
    this.last = { tok, token };
    this.lexer.offset = this.lastEnd = end;
    this.advance();
  }

  /** Reads the interpolation at `at`; the text continues at the lexer's offset. */
  private inText(at: number): Part {
    this.last = null;
    this.lexer.offset = this.lastEnd = at;
    this.lexer.next();
    this.current = { text: '${', leading: [], trailing: null, line: this.lineOf(at) };
    return this.interpolation();
  }

  private string(): StringNode {
    const { text, lexer } = this;
    const open = this.current;
    const kind = lexer.token === '"' ? 'string' : 'indented';
    const parts: Part[] = [];
    let at = lexer.offset;
    let from = at;
    for (;;) {
      if (kind === 'string' ? text[at] === '"' : text.startsWith("''", at) && !/^''['$\\]/.test(text.slice(at, at + 3))) break;
      if (text.startsWith('${', at)) {
        if (at > from) parts.push(text.slice(from, at));
        parts.push(this.inText(at));
        from = at = lexer.offset;
      } else at += kind === 'string' ? lengthInString(text, at) : lengthInIndented(text, at);
    }
    if (at > from) parts.push(text.slice(from, at));
    const close = this.made(kind === 'string' ? '"' : "''");
    close.line = this.lineOf(at);
    this.goOn(close, '"', at + close.text.length);
    return { kind, open, parts, close };
  }

  private path(): StringNode {
    const { text, lexer } = this;
    const open = this.current;
    const parts: Part[] = [];
    let at = lexer.offset;
    for (;;) {
      if (text.startsWith('${', at)) {
        parts.push(this.inText(at));
        at = lexer.offset;
        continue;
      }
      const end = lexer.endOfPathPart(at);
      if (end === at) break;
      parts.push(text.slice(at, end));
      at = end;
    }
    const close = this.made('');
    close.line = this.lineOf(at);
    this.goOn(close, 'path', at);
    return { kind: 'path', open, parts, close };
  }
}

/** The length in bytes of the plain text at a position of a string, which is neither its end nor an interpolation. */
function lengthInString(text: string, at: number): number {
  if (text[at] === '\\') return 2;
  if (text[at] !== '$') return 1;
  return '"\\\r\0'.includes(text[at + 1]!) ? 1 : 2;
}

function lengthInIndented(text: string, at: number): number {
  if (text.startsWith("''", at)) return text[at + 2] === '\\' ? 4 : 3;
  if (text[at] === '$') return text[at + 1] === "'" ? 1 : 2;
  if (text[at] === "'") return text[at + 1] === '$' ? 1 : 2;
  return 1;
}
