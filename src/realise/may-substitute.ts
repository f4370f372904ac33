import type { DerivationNode } from './derivation-graph.ts';
import type { Substitutes } from './substitutes.ts';

/** The built-in builders that Nix has too; what the others make is made here sooner than any cache could serve it. */
const NIX_BUILTINS = new Set(['builtin:fetchurl', 'builtin:buildenv', 'builtin:unpack-channel']);

/** Whether these outputs of a derivation come from binary caches: all of them, or the derivation is built. */
export async function canFetch(
  substitutes: Substitutes,
  node: DerivationNode,
  missing: readonly string[],
  options: { alwaysAllowSubstitutes?: boolean | undefined },
  signal: AbortSignal,
): Promise<boolean> {
  return substitutes.enabled && mayBeSubstituted(node, options) && (await substitutes.available(missing, signal));
}

/** Whether only bootflake can build it: the builder is one of its own, or runs over a merged tree of Debian's packages. */
export function isOwnBuild(node: DerivationNode): boolean {
  return (node.builder.startsWith('builtin:') && !NIX_BUILTINS.has(node.builder)) || node.attrs.debianTree !== undefined;
}

/** Whether a derivation's outputs are looked up in binary caches. */
function mayBeSubstituted(
  node: DerivationNode,
  { alwaysAllowSubstitutes = false }: { alwaysAllowSubstitutes?: boolean | undefined },
): boolean {
  if (alwaysAllowSubstitutes) return true;
  // The caches of nixpkgs cannot have it.
  if (isOwnBuild(node)) return false;
  const { allowSubstitutes } = node.attrs;
  // In the environment, `true` is "1".
  return typeof allowSubstitutes === 'string' ? allowSubstitutes === '1' : allowSubstitutes !== false;
}
