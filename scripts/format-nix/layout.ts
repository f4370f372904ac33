/** Turns the tree into a document laid out like nixfmt (RFC 166). */
import {
  blankLine,
  breaks,
  choice,
  flat,
  freshLine,
  group,
  hardline,
  indent,
  join,
  line,
  literalLine,
  softline,
  width,
  type Doc,
} from './doc.ts';
import { linesOf } from './indented.ts';
import {
  firstOfBinding,
  firstOfName,
  firstToken,
  hasComment,
  type AttrName,
  type AttrPath,
  type Binding,
  type Node,
  type Part,
  type Pattern,
  type StringNode,
  type Tok,
  type Trivia,
} from './tree.ts';

/** Documents by node: a document may contain several alternative layouts of the same node. */
const memory = { plain: new WeakMap<Node, Doc>(), expanded: new WeakMap<Node, Doc>(), hugged: new WeakMap<Node, Doc[]>() };

/** An interpolation of at most this many columns stays on its line, however long the line. */
const SMALL = 12;

/** With an interpolation of at least this many columns, a string starts on the line of its `=`. */
const WIDE = 40;

/** Wider interpolations stay too while their line has at most this many columns. */
const LONGEST = 140;

/** Greater than zero inside an interpolation, where a set of several attributes may be on one line. */
let inText = 0;

export function fileDoc(node: Node): Doc {
  if (node.kind !== 'paren') throw new Error('not a file');
  const { leading } = node.close;
  while (leading.at(-1)?.kind === 'blank') leading.pop();
  return [expr(node.inner), hardline, ...before(leading)];
}

function trivia(item: Trivia): Doc {
  if (item.kind === 'blank') return blankLine;
  if (item.kind === 'inline') return `${item.text} `;
  const [first = '', ...rest] = item.text.split('\n');
  // The other lines of a comment keep their position relative to the first.
  const below = rest.map((text): Doc => {
    const blanks = /^ */.exec(text)![0].length;
    return [hardline, text.trimEnd() === '' ? '' : text.trimEnd().slice(Math.min(blanks, item.column))];
  });
  return [freshLine, first.trimEnd(), ...below, hardline];
}

/** The comments before a token. Nothing follows on the line of a comment that has others below it. */
function before(items: readonly Trivia[]): Doc[] {
  const last = items.findLastIndex((item) => item.kind === 'comment');
  return items.map((item, i) => trivia(item.kind === 'inline' && i < last ? { ...item, kind: 'comment', column: 0 } : item));
}

function tok(token: Tok): Doc {
  const suffix: Doc[] = token.trailing === null ? [] : [{ t: 'suffix', text: token.trailing }];
  return token.leading.length + suffix.length === 0 ? token.text : [...before(token.leading), token.text, ...suffix];
}

/** A bracket without the comments before it. */
function bare(token: Tok): Doc {
  return tok({ ...token, leading: [] });
}

function dropBlank(token: Tok): void {
  while (token.leading[0]?.kind === 'blank') token.leading.shift();
}

/** The comments before a closing bracket, which belong to what it closes. */
function comments(close: Tok): Doc[] {
  const { leading } = close;
  while (leading.at(-1)?.kind === 'blank') leading.pop();
  if (leading.length === 0) return [];
  const docs = before(leading.map((item): Trivia => (item.kind === 'inline' ? { ...item, kind: 'comment', column: 0 } : item)));
  const last = docs.at(-1);
  // Without its line break, since one precedes the bracket.
  if (Array.isArray(last)) docs[docs.length - 1] = [...last.slice(0, -1), { t: 'suffix', text: '' }];
  return docs;
}

// Brackets with something in between

/** `items` on lines of their own between brackets, or all on one. */
function bracketed(open: Doc, items: Doc[], close: Tok, broken: boolean, separator: Doc): Doc {
  const rest = comments(close);
  const inner = rest.length === 0 ? join(separator, items) : [...join(separator, items), ...(items.length > 0 ? [hardline] : []), rest];
  return group([open, indent(line, inner), line, bare(close)], broken);
}

function isEmpty(close: Tok, n: number): boolean {
  return n === 0 && close.leading.every((item) => item.kind === 'blank');
}

function set(node: Node & { kind: 'set' }, broken: boolean): Doc {
  const { word, open, bindings, close } = node;
  const start: Doc = word ? [tok(word), ' ', tok(open)] : tok(open);
  if (isEmpty(close, bindings.length)) {
    return [start, ' ', bare(close)];
  }
  const [first] = bindings;
  if (first) dropBlank(firstOfBinding(first));
  else dropBlank(close);
  const isWide = broken || (inText === 0 && bindings.length > 1) || (first && firstOfBinding(first).line > open.line);
  return bracketed(start, bindings.map(binding), close, isWide === true, line);
}

function list(node: Node & { kind: 'list' }, broken: boolean): Doc {
  const { open, items, close } = node;
  if (isEmpty(close, items.length)) {
    return [tok(open), ' ', bare(close)];
  }
  const [first] = items;
  if (first) dropBlank(firstToken(first));
  else dropBlank(close);
  return bracketed(tok(open), items.map(expr), close, broken || close.line > open.line, line);
}

function paren(node: Node & { kind: 'paren' }, broken: boolean): Doc {
  const { open, inner, close } = node;
  dropBlank(firstToken(inner));
  const rest = comments(close);
  const [start, end] = [tok(open), bare(close)];
  const isPlain = rest.length === 0 && !hasComment(firstToken(inner));
  if (isPlain && isAbsorbed(inner)) return [start, broken ? expanded(inner) : expr(inner), end];
  const whole = group([start, indent(softline, expr(inner), rest.length === 0 ? [] : [hardline, rest]), softline, end], broken);
  if (!isPlain) return whole;
  // nixfmt starts an application on a line of its own when it is the argument of a multi-line function.
  const huggings = broken && inner.kind === 'apply' ? [] : hugged(inner).map((state): Doc => [start, state, end]);
  if (huggings.length === 0 && (broken || inner.kind !== 'apply')) return whole;
  const wide =
    inner.kind === 'apply' && !broken
      ? [start, onLines(inner), hardline, end]
      : group([start, indent(softline, expr(inner)), softline, end], true);
  return choice(broken || breaks(expr(inner)) ? [...huggings, wide] : [[start, expr(inner), end], ...huggings, wide]);
}

// Terms that may start on a line and continue below it

/** Whether a term keeps its first line in place, however long it is. */
function isAbsorbed(node: Node): boolean {
  switch (node.kind) {
    case 'set':
      return !isEmpty(node.close, node.bindings.length);
    case 'list':
      return !isEmpty(node.close, node.items.length);
    case 'paren':
      return true;
    case 'indented':
      return node.close.line > node.open.line;
    case 'with':
      return isBody(node.body) && !hasComment(firstToken(node.body)) && node.end.trailing === null;
    default:
      return false;
  }
}

/** Terms that start on the line of a function's colon. */
function isBody(node: Node): boolean {
  return node.kind !== 'paren' && node.kind !== 'with' && isAbsorbed(node);
}

function expanded(node: Node): Doc {
  const known = memory.expanded.get(node);
  if (known !== undefined) return known;
  const doc = expandedAnew(node);
  memory.expanded.set(node, doc);
  return doc;
}

function expandedAnew(node: Node): Doc {
  switch (node.kind) {
    case 'set':
      return set(node, true);
    case 'list':
      return list(node, true);
    case 'paren':
      return paren(node, true);
    case 'with':
      return [tok(node.word), ' ', expr(node.head), tok(node.end), ' ', expanded(node.body)];
    default:
      return expr(node);
  }
}

/** The ways to start a term on a line and continue part of it below, best first. */
function hugged(node: Node): Doc[] {
  const known = memory.hugged.get(node);
  if (known !== undefined) return known;
  const docs = huggedAnew(node);
  memory.hugged.set(node, docs);
  return docs;
}

function huggedAnew(node: Node): Doc[] {
  if (node.kind === 'lambda') {
    const { heads, body } = ofLambda(node);
    return heads && isBody(body) && !hasComment(firstToken(body)) ? [[heads, ' ', expanded(body)]] : [];
  }
  if (node.kind === 'apply') return applications(node);
  if (node.kind === 'binary') return operations(node);
  return [];
}

/** A term that continues below its first line, and what follows on its last line, which must fit. */
function open(of: Doc, tail: string[]): Doc {
  return tail.length === 0 ? of : { t: 'open', of, tail: tail.join('') };
}

/** An application with one of its arguments on several lines. */
function applications(node: Node & { kind: 'apply' }): Doc[] {
  const { fn, args } = node;
  const docs = args.map(expr);
  const start = expr(fn);
  if (breaks(start) || args.some((arg) => hasComment(firstToken(arg)))) return [];
  if (args.length > 1 && args.slice(-2).every((arg) => arg.kind === 'list')) return [];
  const states: Doc[] = [];
  for (let i = args.length - 1; i >= 0; i--) {
    const arg = args[i]!;
    if (!isAbsorbed(arg)) continue;
    if (i < args.length - 1 && arg.kind === 'paren' && arg.inner.kind !== 'lambda') continue;
    if (docs.some((doc, j) => j !== i && breaks(doc))) continue;
    const before = docs.slice(0, i).map((doc) => ` ${flat(doc)}`);
    states.push(
      open(
        [start, ...before, ' ', expanded(arg)],
        docs.slice(i + 1).map((doc) => ` ${flat(doc)}`),
      ),
    );
  }
  return states;
}

const compact = new Set(['//', '++', '+']);

/** Two operands, one of which continues below its first line. */
function operations(node: Node & { kind: 'binary' }): Doc[] {
  const { operands, ops } = node;
  const [op] = ops;
  const [left, right] = operands;
  if (operands.length !== 2 || !op || !left || !right || !compact.has(op.text)) return [];
  if (hasComment(op) || hasComment(firstToken(right))) return [];
  const [l, r] = [expr(left), expr(right)];
  if (isBody(left) && !breaks(r) && op.trailing === null) return [open(expanded(left), [` ${op.text} ${flat(r)}`])];
  if (isBody(right) && !breaks(l)) return [[flat(l), ' ', tok(op), ' ', expanded(right)]];
  return [];
}

// Definitions

function attrName(name: AttrName): Doc {
  if (name.kind === 'token') return tok(name.token);
  return name.kind === 'dynamic' ? interpolation(name) : string(name);
}

function attrPath(path: AttrPath): Doc {
  return path.names.map((name, i): Doc => (i === 0 ? attrName(name) : [tok(path.dots[i - 1]!), attrName(name)]));
}

function binding(node: Binding): Doc {
  if (node.kind === 'inherit') return inherit(node);
  return [attrPath(node.path), ' ', tok(node.equals), definition(node.value), tok(node.end)];
}

function inherit(node: Binding & { kind: 'inherit' }): Doc {
  const from: Doc = node.open ? [' ', tok(node.open), expr(node.from!), tok(node.close!)] : '';
  if (node.names.length === 0) return [tok(node.word), from, tok(node.end)];
  for (const name of node.names) dropBlank(firstOfName(name));
  const names = node.names.map((name): Doc => [line, attrName(name)]);
  return group([tok(node.word), from, indent(names, softline, tok(node.end))]);
}

/** What follows `=`, or `?` in a pattern. */
function definition(value: Node): Doc {
  const first = firstToken(value);
  dropBlank(first);
  if (hasComment(first)) return indent(hardline, expr(value));
  const doc = expr(value);
  if (
    isAbsorbed(value) ||
    (value.kind === 'string' && value.parts.some((part) => (typeof part === 'string' ? part.includes('\n') : isWide(part, WIDE))))
  )
    return [' ', doc];
  const states = hugged(value).map((state): Doc => [' ', state]);
  const below = indent(hardline, doc);
  if (states.length === 0) return group(indent(line, doc));
  return choice(breaks(doc) ? [...states, below] : [[' ', doc], ...states, below]);
}

// Functions

function pattern(node: Pattern): Doc {
  const { open, formals, ellipsis, close } = node;
  if (isEmpty(close, formals.length) && !ellipsis) {
    return [tok(open), ' ', bare(close)];
  }
  for (const formal of formals) dropBlank(formal.name);
  if (ellipsis) dropBlank(ellipsis);
  const isShort = formals.length <= 2 && formals.every((formal) => !formal.fallback);
  const items = formals.map(({ name, question, fallback }): Doc[] => {
    // A comment after the name would end up before the inserted comma.
    const plain = tok({ ...name, trailing: null });
    const suffix: Doc = name.trailing === null ? '' : { t: 'suffix', text: name.trailing };
    return [question ? [plain, ' ', tok(question), suffix, definition(fallback!)] : [plain, suffix]];
  });
  if (ellipsis) items.push([tok(ellipsis)]);
  const rest = comments(close);
  const isBroken = (!isShort && inText === 0) || breaks(items) || rest.length > 0;
  if (!isBroken) return [tok(open), ' ', join(', ', items), ' ', bare(close)];
  const all = items.map((item, i): Doc => [hardline, item, ellipsis && i === items.length - 1 ? '' : ',']);
  return [tok(open), indent(all, rest.length === 0 ? [] : [hardline, rest]), hardline, bare(close)];
}

/** The arguments of a function, up to its body. `heads` is null unless they are all plain names. */
function ofLambda(node: Node & { kind: 'lambda' }): { heads: Doc | null; body: Node } {
  const names: Doc[] = [];
  let body: Node = node;
  while (body.kind === 'lambda' && body.name && !body.pattern && !(names.length > 0 && hasComment(body.name))) {
    dropBlank(body.colon);
    names.push([tok(body.name), tok(body.colon)]);
    body = body.body;
  }
  return { heads: names.length === 0 ? null : join(' ', names), body };
}

function lambda(node: Node & { kind: 'lambda' }): Doc {
  const { heads, body } = ofLambda(node);
  if (heads) {
    if (isBody(body) && !hasComment(firstToken(body))) return [heads, ' ', expr(body)];
    return group([heads, line, expr(body)]);
  }
  const name = node.name ? tok(node.name) : '';
  const at = node.at ? tok(node.at) : '';
  const args = pattern(node.pattern!);
  const head: Doc = node.nameLast ? [args, at, name] : [name, at, args];
  return group([head, tok(node.colon), line, expr(node.body)]);
}

// Everything else

function conditional(node: Node & { kind: 'if' }): Doc {
  const parts: Doc[] = [];
  let at: Node = node;
  for (;;) {
    const { word, condition, thenWord, then, elseWord, otherwise } = at as Node & { kind: 'if' };
    for (const token of [firstToken(condition), thenWord, firstToken(then), elseWord, firstToken(otherwise)]) dropBlank(token);
    parts.push(group([tok(word), indent(line, expr(condition)), line, tok(thenWord)]), indent(line, expr(then)), line, tok(elseWord));
    if (otherwise.kind !== 'if' || hasComment(otherwise.word)) return group([...parts, indent(line, expr(otherwise))]);
    parts.push(' ');
    at = otherwise;
  }
}

function chain(node: Node & { kind: 'binary' }): Doc {
  const docs = node.operands.map((operand, i): Doc => {
    if (i > 0) dropBlank(firstToken(operand));
    const doc = expr(operand);
    return operand.kind === 'binary' ? indent(doc) : doc;
  });
  return group(docs.map((doc, i): Doc => (i === 0 ? doc : [line, tok(node.ops[i - 1]!), ' ', doc])));
}

/** A function and its arguments, each on a line. */
function onLines(node: Node & { kind: 'apply' }): Doc {
  return [expr(node.fn), indent(node.args.map((arg): Doc => [hardline, expr(arg)]))];
}

function application(node: Node & { kind: 'apply' }): Doc {
  const docs = node.args.map(expr);
  const start = expr(node.fn);
  const onLine: Doc = [start, ...docs.map((doc): Doc => [' ', doc])];
  const below = onLines(node);
  const states = hugged(node);
  return choice(breaks(onLine) ? [...states, below] : [onLine, ...states, below]);
}

function interpolation(part: Exclude<Part, string>): Doc {
  const { open, close } = part;
  dropBlank(firstToken(part.expr));
  inText++;
  const doc = expr(part.expr);
  inText--;
  const rest = comments(close);
  if (rest.length === 0 && !isWide(part, SMALL)) return [tok(open), flat(doc), bare(close)];
  const inner: Doc = [tok(open), indent(softline, doc, rest.length === 0 ? [] : [hardline, rest]), softline, bare(close)];
  return { t: 'group', of: inner, broken: false, columns: LONGEST };
}

/** Whether an interpolation is wider than that on one line, or cannot be on one line. */
function isWide(part: Exclude<Part, string>, columns: number): boolean {
  inText++;
  const doc = expr(part.expr);
  inText--;
  return part.close.leading.length > 0 || breaks(doc) || width(flat(doc)) > columns;
}

function rawText(text: string): Doc {
  return join(literalLine, text.split('\n'));
}

function string(node: StringNode): Doc {
  const open = tok(node.open);
  const close = tok(node.close);
  const raw = (part: Part): Doc => (typeof part === 'string' ? rawText(part) : interpolation(part));
  const lines = node.kind === 'indented' && node.close.line > node.open.line ? linesOf(node.parts) : null;
  if (!lines || lines.length < 2) return [open, node.parts.map(raw), close];
  // The interpolated expression continues at the indentation of its own line.
  const docs = lines.map((parts): Doc => {
    const by = typeof parts[0] === 'string' ? /^ */.exec(parts[0])![0].length : 0;
    return { t: 'indent', by, of: parts.map(raw) };
  });
  // The closing quotes are on a line of their own unless the text ends without a line break.
  const end: Doc = lines.at(-1)!.length === 0 ? [hardline, close] : close;
  const inner = lines.at(-1)!.length === 0 ? docs.slice(0, -1) : docs;
  return [open, indent(inner.map((doc): Doc => [hardline, doc])), end];
}

function expr(node: Node): Doc {
  const known = memory.plain.get(node);
  if (known !== undefined) return known;
  const doc = exprAnew(node);
  memory.plain.set(node, doc);
  return doc;
}

function exprAnew(node: Node): Doc {
  switch (node.kind) {
    case 'token':
      return tok(node.token);
    case 'string':
    case 'indented':
    case 'path':
      return string(node);
    case 'paren':
      return paren(node, false);
    case 'list':
      return list(node, false);
    case 'set':
      return set(node, false);
    case 'select': {
      const fallback: Doc = node.or ? [' ', tok(node.or), ' ', expr(node.fallback!)] : '';
      return [expr(node.base), tok(node.dot), attrPath(node.path), fallback];
    }
    case 'hasAttr':
      return [expr(node.base), ' ', tok(node.question), ' ', attrPath(node.path)];
    case 'apply':
      return application(node);
    case 'lambda':
      return lambda(node);
    case 'let': {
      const { word, bindings, in: inWord, body } = node;
      const [first] = bindings;
      if (first) dropBlank(firstOfBinding(first));
      dropBlank(firstToken(body));
      if (!first) dropBlank(inWord);
      const rest = comments(inWord);
      const items = bindings.map((item): Doc => [hardline, binding(item)]);
      return [tok(word), indent(items, rest.length === 0 ? [] : [hardline, rest]), hardline, bare(inWord), hardline, expr(body)];
    }
    case 'with':
      if (isAbsorbed(node)) return [tok(node.word), ' ', expr(node.head), tok(node.end), ' ', expr(node.body)];
      return group([tok(node.word), ' ', expr(node.head), tok(node.end), line, expr(node.body)]);
    case 'assert':
      return [tok(node.word), ' ', expr(node.head), tok(node.end), hardline, expr(node.body)];
    case 'if':
      return conditional(node);
    case 'unary':
      return [tok(node.op), expr(node.operand)];
    case 'binary':
      return chain(node);
  }
}
