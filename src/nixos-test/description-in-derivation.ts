/** The text of a test's description before its machines are built: of the derivation that writes it. */
import type { Derivation } from '../nix-format/derivation.ts';
import { STRUCTURED_ATTRS } from '../nix-format/structured-attrs.ts';

/** Returns the text that `builtin:tree` is to write to test.json; undefined where the derivation does not say it. */
export function descriptionInDerivation({ builder, env, outputs }: Derivation): string | undefined {
  // Paths in the text are not final where those of the outputs are not.
  if (builder !== 'builtin:tree' || outputs.get('out')?.path === '') return undefined;
  let attributes: unknown;
  try {
    attributes = JSON.parse(Buffer.from(env.get(STRUCTURED_ATTRS) ?? '', 'latin1').toString('utf8'));
  } catch {
    return undefined;
  }
  const { entries } = (attributes ?? {}) as { entries?: unknown };
  if (!Array.isArray(entries)) return undefined;
  const found = (entries as unknown[]).find((entry) => (entry as { path?: unknown } | null)?.path === 'test.json');
  const { text } = (found ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : undefined;
}
