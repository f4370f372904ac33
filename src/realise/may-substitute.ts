import type { DerivationNode } from './derivation-graph.ts';

/** The built-in builders that Nix has too; what the others make is made here sooner than any cache could serve it. */
const NIX_BUILTINS = new Set(['builtin:fetchurl', 'builtin:buildenv', 'builtin:unpack-channel']);

/** Whether binary caches are asked for a derivation's outputs. */
export function mayBeSubstituted(
  node: DerivationNode,
  { alwaysAllowSubstitutes = false }: { alwaysAllowSubstitutes?: boolean | undefined },
): boolean {
  if (alwaysAllowSubstitutes) return true;
  if (node.builder.startsWith('builtin:') && !NIX_BUILTINS.has(node.builder)) return false;
  const { allowSubstitutes, debianTree } = node.attrs;
  // Built over Debian's packages: the caches of nixpkgs cannot have it.
  if (debianTree !== undefined) return false;
  // In the environment, `true` is "1".
  return typeof allowSubstitutes === 'string' ? allowSubstitutes === '1' : allowSubstitutes !== false;
}
