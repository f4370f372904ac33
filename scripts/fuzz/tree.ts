/** Expressions as trees of text, which is all that minimising needs. */
export interface Tree {
  readonly parts: readonly (string | Tree)[];
  /** The text can be removed, like an element of a list or a binding of a set. */
  readonly optional?: boolean;
}

/** `tree\`a + ${x}\`` */
export function tree(strings: TemplateStringsArray, ...inner: (string | Tree | readonly Tree[])[]): Tree {
  const parts: (string | Tree)[] = [];
  strings.forEach((text, i) => {
    if (text !== '') parts.push(text);
    const part = inner[i];
    if (part === undefined || part === '') return;
    if (Array.isArray(part)) parts.push(...(part as Tree[]));
    else parts.push(part as string | Tree);
  });
  return { parts };
}

export function optional(of: Tree): Tree {
  return { parts: of.parts, optional: true };
}

export function textOf(t: Tree | string): string {
  if (typeof t === 'string') return t;
  let text = '';
  for (const part of t.parts) text += textOf(part);
  return text;
}

/** Trees that are one step smaller: an optional part is removed, or a part is replaced by one of its own parts or by a plain value. */
export function* smaller(t: Tree): Generator<Tree> {
  for (let i = 0; i < t.parts.length; i++) {
    const part = t.parts[i]!;
    if (typeof part === 'string') continue;
    const withPart = (other: string | Tree): Tree => ({ ...t, parts: t.parts.map((p, j) => (j === i ? other : p)) });
    if (part.optional) yield withPart('');
    const before = textOf(part);
    if (!part.optional) {
      for (const inner of innerOf(part)) yield withPart(inner);
      for (const plain of plainValues) if (plain.length < before.length) yield withPart(plain);
    }
    for (const other of smaller(part)) yield withPart(other);
  }
}

const plainValues = ['1', '""', 'null', 'true', '[ ]', '{ }', '(x: x)', '{ a = 1; }', '[ 1 ]', '"a"'];

function innerOf(t: Tree): Tree[] {
  return t.parts.filter((part): part is Tree => typeof part !== 'string' && !part.optional);
}
