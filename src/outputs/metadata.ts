import { createHash } from 'node:crypto';
import type { OpenedFlake } from '../session/engine.ts';
import { isFollows, printLock, unlockedInput, type LockNode } from '../flake/lock-file.ts';
import { flakeRefToAttrs, printFlakeRef, type FlakeRef } from '../flake/ref.ts';
import { isLockedInput } from '../fetch/scheme/index.ts';
import { numberAttr, stringAttr, type InputAttrs } from '../fetch/scheme/scheme.ts';

/** Returns the output of `nix flake metadata --json`. */
export function metadataJson({ flake, root }: OpenedFlake): string {
  const { input } = flake.locked;
  const lock = printLock(root).text;
  const facts: Record<string, unknown> = {
    description: flake.file.description,
    dirtyRevision: input.dirtyRev,
    fingerprint: unlockedInput(root) ? undefined : fingerprint(flake.locked, lock),
    lastModified: input.lastModified,
    // Nix marks attributes that must not be extended with this.
    locked: sorted({ ...flakeRefToAttrs(flake.locked), __final: true }),
    locks: JSON.parse(lock) as unknown,
    original: sorted(flakeRefToAttrs(flake.original)),
    originalUrl: printFlakeRef(flake.original),
    path: flake.storePath,
    resolved: sorted(flakeRefToAttrs(flake.resolved)),
    resolvedUrl: printFlakeRef(flake.resolved),
    revCount: input.revCount,
    revision: input.rev,
    url: printFlakeRef(flake.locked),
  };
  return JSON.stringify(facts);
}

/** Returns Nix's fingerprint of everything an evaluation of the flake can depend on; undefined for trees identified only by content. */
function fingerprint({ input, subdir }: FlakeRef, lock: string): string | undefined {
  const tree = treeFingerprint(input);
  if (tree === undefined) return undefined;
  const count = input.revCount === undefined ? '' : `;revCount=${input.revCount}`;
  const time = input.lastModified === undefined ? '' : `;lastModified=${input.lastModified}`;
  return createHash('sha256').update(`${tree};${subdir};${lock}${count}${time}`).digest('hex');
}

function treeFingerprint(input: InputAttrs): string | undefined {
  const rev = stringAttr(input, 'rev');
  switch (input.type) {
    case 'git':
      return rev && `${rev}${input.submodules === true ? ';s' : ''}${input.exportIgnore === true ? ';e' : ''}`;
    case 'github':
    case 'gitlab':
    case 'sourcehut':
      return rev;
    case 'path':
      return `path:${input.narHash}`;
    case 'tarball':
      return stringAttr(input, 'narHash');
    default:
      return undefined;
  }
}

function sorted(attrs: InputAttrs): InputAttrs {
  return Object.fromEntries(Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same in readable form. */
export function metadataText({ flake, root }: OpenedFlake): string {
  const { input } = flake.locked;
  const lines = [`Resolved URL:  ${printFlakeRef(flake.resolved)}`];
  if (isLockedInput(input)) lines.push(`Locked URL:    ${printFlakeRef(flake.locked)}`);
  if (flake.file.description !== undefined) lines.push(`Description:   ${flake.file.description}`);
  lines.push(`Path:          ${flake.storePath}`);
  const revision = stringAttr(input, 'rev') ?? stringAttr(input, 'dirtyRev');
  if (revision !== undefined) lines.push(`Revision:      ${revision}`);
  if (input.revCount !== undefined) lines.push(`Revisions:     ${input.revCount}`);
  const lastModified = numberAttr(input, 'lastModified');
  if (lastModified !== undefined) lines.push(`Last modified: ${dateText(lastModified)}`);
  if (root.inputs.size) lines.push('Inputs:', ...inputTree(root, '', new Set([root])));
  return lines.join('\n');
}

function inputTree(node: LockNode, prefix: string, visited: Set<LockNode>): string[] {
  const edges = [...node.inputs].sort(([a], [b]) => (a < b ? -1 : 1));
  return edges.flatMap(([name, edge], i) => {
    const last = i === edges.length - 1;
    const branch = `${prefix}${last ? '└───' : '├───'}${name}`;
    if (isFollows(edge)) return [`${branch} follows input '${edge.join('/')}'`];
    const { locked } = edge.lock as { locked: FlakeRef };
    const lastModified = numberAttr(locked.input, 'lastModified');
    const line = `${branch}: ${printFlakeRef(locked)}${lastModified === undefined ? '' : ` (${dateText(lastModified)})`}`;
    if (visited.has(edge)) return [line];
    visited.add(edge);
    return [line, ...inputTree(edge, `${prefix}${last ? '    ' : '│   '}`, visited)];
  });
}

function dateText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
