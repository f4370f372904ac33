/** The text of a test's description before its machines are built: of the derivation that writes it. */

interface WritingDerivation {
  builder: string;
  env: ReadonlyMap<string, string>;
  outputs: ReadonlyMap<string, { path: string }>;
}

/** Returns the text that `builtin:tree` is to write to test.json; undefined where the derivation does not say it. */
export function descriptionInDerivation({ builder, env, outputs }: WritingDerivation): string | undefined {
  // Paths in the text are not final where those of the outputs are not.
  if (builder !== 'builtin:tree' || outputs.get('out')?.path === '') return undefined;
  let attributes: unknown;
  try {
    attributes = JSON.parse(Buffer.from(env.get('__json') ?? '', 'latin1').toString('utf8'));
  } catch {
    return undefined;
  }
  const { entries } = (attributes ?? {}) as { entries?: unknown };
  if (!Array.isArray(entries)) return undefined;
  const found = (entries as unknown[]).find((entry) => (entry as { path?: unknown } | null)?.path === 'test.json');
  const { text } = (found ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : undefined;
}
