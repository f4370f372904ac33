import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withRepository } from '../fetch/git-repository/repository.ts';
import { readTree } from '../system/read-tree.ts';
import { sri } from '../nix-format/hash.ts';
import { narHash } from '../nix-format/nar-writer.ts';
import type { FileNode } from '../tree/file-tree.ts';
import { worktreeState, worktreeTree } from '../fetch/git-worktree.ts';
import { newestTime } from '../fetch/path.ts';
import type { FlakeRef } from '../flake/ref.ts';
import { localRepository } from '../fetch/scheme/git.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';

/**
 * The facts that locking a local flake would find now, without copying or evaluating anything; undefined for flakes that lie elsewhere.
 * `dirty` is the folder whose tracked files have uncommitted changes. Defaults to `env` is git's environment, the process's own.
 */
export function currentFacts(ref: FlakeRef, env?: NodeJS.ProcessEnv): { facts: InputAttrs; dirty?: string } | undefined {
  const { input } = ref;
  if (input.type === 'path') {
    const path = String(input.path);
    if (path.startsWith('/nix/store/') || !existsSync(path)) return undefined;
    return { facts: { ...input, narHash: hashOf(readTree(path)), lastModified: input.lastModified ?? newestTime(path) } };
  }
  const repository = input.type === 'git' ? localRepository(input) : undefined;
  if (repository === undefined || input.rev !== undefined || input.ref !== undefined || !existsSync(join(repository, '.git')))
    return undefined;
  // With submodules the worker has more to look at.
  if (input.submodules === true) return undefined;
  const { state, hash } = withRepository(
    repository,
    (opened) => ({ state: worktreeState(opened, { submodules: false }), hash: hashOf(worktreeTree(opened, { submodules: false })) }),
    env,
  );
  if (!state.dirty)
    return { facts: { narHash: hash, rev: state.head ?? '0'.repeat(40), ...(state.ref !== undefined && { ref: state.ref }) } };
  return { facts: { narHash: hash, ...(state.head !== undefined && { dirtyRev: `${state.head}-dirty` }) }, dirty: repository };
}

function hashOf(tree: FileNode): string {
  return sri(narHash(tree).sha256);
}
