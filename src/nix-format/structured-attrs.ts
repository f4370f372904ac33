import { BootflakeError } from '../base/errors.ts';
import type { Derivation } from './derivation.ts';

/** The environment variable that carries a structured derivation's attributes. */
export const STRUCTURED_ATTRS = '__json';

/**
 * Returns the JSON attributes of a derivation with `__structuredAttrs` (integers beyond 2^53 lose digits); undefined for others.
 * Derivations hold byte strings; the result is JavaScript text, decoded from UTF-8.
 */
export function structuredAttrs(drv: Derivation): Record<string, unknown> | undefined {
  const json = drv.env.get(STRUCTURED_ATTRS);
  if (json === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(json, 'latin1').toString('utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new BootflakeError({
      code: 'nix-format/bad-derivation',
      cause: error,
      message: `the structured attributes of the derivation '${drv.name}' are not JSON: ${(error as Error).message}`,
    });
  }
}

/** Returns what a builder sees: the structured attributes, or the environment as text. */
export function derivationAttrs(drv: Derivation): Record<string, unknown> {
  const structured = structuredAttrs(drv);
  if (structured) return structured;
  return Object.fromEntries([...drv.env].map(([key, value]) => [key, Buffer.from(value, 'latin1').toString('utf8')]));
}
