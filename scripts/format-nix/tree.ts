/** Tokens with the comments between them, and nodes that keep every token: what a formatter needs and the parser's tree drops. */

export type Trivia =
  | { kind: 'blank' }
  /** On lines of its own. `column`: where its first line starts. */
  | { kind: 'comment'; text: string; column: number }
  /** A block comment before a token on the same line. */
  | { kind: 'inline'; text: string };

export interface Tok {
  text: string;
  leading: Trivia[];
  /** The comment after it on the same line. */
  trailing: string | null;
  /** The lines on which it starts and ends. */
  line: number;
}

/** The parts of a string or path: its text as written, or what is interpolated. */
export type Part = string | { open: Tok; expr: Node; close: Tok };

export type AttrName = { kind: 'token'; token: Tok } | StringNode | { kind: 'dynamic'; open: Tok; expr: Node; close: Tok };
export interface AttrPath {
  names: AttrName[];
  dots: Tok[];
}

export interface StringNode {
  kind: 'string' | 'indented' | 'path';
  open: Tok;
  parts: Part[];
  close: Tok;
}

export interface Formal {
  name: Tok;
  question: Tok | null;
  fallback: Node | null;
}
export interface Pattern {
  open: Tok;
  formals: Formal[];
  ellipsis: Tok | null;
  close: Tok;
}

export type Binding =
  | { kind: 'binding'; path: AttrPath; equals: Tok; value: Node; end: Tok }
  | { kind: 'inherit'; word: Tok; open: Tok | null; from: Node | null; close: Tok | null; names: AttrName[]; end: Tok };

export type Node =
  | { kind: 'token'; token: Tok }
  | StringNode
  | { kind: 'paren'; open: Tok; inner: Node; close: Tok }
  | { kind: 'list'; open: Tok; items: Node[]; close: Tok }
  /** `word`: `rec`, or the `let` of the ancient `let { }`. */
  | { kind: 'set'; word: Tok | null; open: Tok; bindings: Binding[]; close: Tok }
  | { kind: 'select'; base: Node; dot: Tok; path: AttrPath; or: Tok | null; fallback: Node | null }
  | { kind: 'hasAttr'; base: Node; question: Tok; path: AttrPath }
  | { kind: 'apply'; fn: Node; args: Node[] }
  | { kind: 'lambda'; name: Tok | null; at: Tok | null; pattern: Pattern | null; nameLast: boolean; colon: Tok; body: Node }
  | { kind: 'let'; word: Tok; bindings: Binding[]; in: Tok; body: Node }
  | { kind: 'with' | 'assert'; word: Tok; head: Node; end: Tok; body: Node }
  | { kind: 'if'; word: Tok; condition: Node; thenWord: Tok; then: Node; elseWord: Tok; otherwise: Node }
  | { kind: 'unary'; op: Tok; operand: Node }
  /** A chain of operators of the same precedence that associate with each other. */
  | { kind: 'binary'; operands: Node[]; ops: Tok[] };

export function firstOfName(name: AttrName): Tok {
  return name.kind === 'token' ? name.token : name.open;
}

export function firstToken(node: Node): Tok {
  switch (node.kind) {
    case 'token':
      return node.token;
    case 'string':
    case 'indented':
    case 'path':
    case 'paren':
    case 'list':
      return node.open;
    case 'set':
      return node.word ?? node.open;
    case 'select':
    case 'hasAttr':
      return firstToken(node.base);
    case 'apply':
      return firstToken(node.fn);
    case 'lambda':
      return node.pattern && (node.nameLast || !node.name) ? node.pattern.open : node.name!;
    case 'unary':
      return node.op;
    case 'binary':
      return firstToken(node.operands[0]!);
    default:
      return node.word;
  }
}

export function firstOfBinding(binding: Binding): Tok {
  return binding.kind === 'inherit' ? binding.word : firstOfName(binding.path.names[0]!);
}

export function hasComment(token: Tok): boolean {
  return token.leading.some((trivia) => trivia.kind === 'comment');
}
