import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { runGit } from '../../io/git.ts';
import type { DirectoryNode } from '../../tree/file-tree.ts';
import { flakeError } from '../errors.ts';
import { localRepository } from '../scheme/git.ts';
import { stringAttr, type InputAttrs } from '../scheme/scheme.ts';
import { commitTree } from './git-objects.ts';
import { worktreeState, worktreeTree } from './git-worktree.ts';
import type { FetchContext, FetchedTree, Fetcher } from './fetcher.ts';

/** A repository of this machine: the tracked files of its folder, or a commit of it when a revision or ref is asked for. */
export const fetchGit: Fetcher = (attrs, context) => {
  const repository = localRepository(attrs);
  if (repository === undefined) {
    throw flakeError('cannot-fetch', `fetching Git repositories over the network is not built yet: '${attrs.url}'`, 'clone it, and name the clone: git+file:///PATH');
  }
  if (!existsSync(repository)) throw flakeError('missing-path', `Git repository '${repository}' does not exist`);
  return attrs.rev !== undefined || attrs.ref !== undefined || !existsSync(join(repository, '.git'))
    ? fetchCommit(attrs, repository, context) : fetchWorktree(attrs, repository, context);
};

function fetchWorktree(attrs: InputAttrs, repository: string, context: FetchContext): FetchedTree {
  const options = { submodules: attrs.submodules === true };
  const state = worktreeState(repository, options);
  if (state.dirty) context.warn(`Git tree '${repository}' is dirty`);
  const { storePath, narHash } = addTree(worktreeTree(repository, options), context);
  const facts: InputAttrs = { lastModified: state.head === undefined ? 0 : commitTime(repository, state.head) };
  if (!state.dirty) {
    if (state.ref !== undefined) facts.ref = state.ref;
    facts.rev = state.head ?? '0'.repeat(40);
    if (attrs.shallow !== true) facts.revCount = state.head === undefined ? 0 : commitCount(repository, state.head);
  } else if (state.head !== undefined) {
    facts.dirtyRev = `${state.head}-dirty`;
    facts.dirtyShortRev = `${state.head.slice(0, 7)}-dirty`;
  }
  return { storePath, attrs: { ...attrs, ...facts, narHash }, checkout: { folder: realpathSync(repository), git: true, writable: true } };
}

function fetchCommit(attrs: InputAttrs, repository: string, context: FetchContext): FetchedTree {
  const ref = stringAttr(attrs, 'ref') ?? runGit(repository, ['symbolic-ref', 'HEAD'], { mayFail: true })?.toString().trim() ?? 'master';
  const wanted = stringAttr(attrs, 'rev') ?? (ref === 'HEAD' || ref.startsWith('refs/') ? ref : `refs/heads/${ref}`);
  const found = runGit(repository, ['rev-parse', '--verify', '--quiet', `${wanted}^{commit}`], { mayFail: true })
    ?? (attrs.rev === undefined ? runGit(repository, ['rev-parse', '--verify', '--quiet', `refs/tags/${ref}^{commit}`], { mayFail: true }) : undefined);
  if (!found) {
    throw attrs.rev === undefined
      ? flakeError('missing-revision', `there is no branch '${ref}' in the Git repository '${repository}'`, `git -C ${repository} branch -a  lists those there are`)
      : flakeError('missing-revision', `Cannot find Git revision '${attrs.rev}' in ref '${ref}' of repository '${repository}'`, `git -C ${repository} fetch  may bring it`);
  }
  const rev = found.toString().trim();
  if (attrs.submodules === true) throw flakeError('cannot-fetch', `submodules of a commit are not fetched yet: '${attrs.url}' at ${rev}`, 'check the commit out, and name the folder without ?rev= and ?ref=');
  const { storePath, narHash } = addTree(commitTree(repository, rev), context);
  const facts: InputAttrs = { ref, rev, lastModified: attrs.lastModified ?? commitTime(repository, rev), narHash };
  if (attrs.shallow !== true) facts.revCount = attrs.revCount ?? commitCount(repository, rev);
  return { storePath, attrs: { ...attrs, ...facts } };
}

function addTree(tree: DirectoryNode, { store }: FetchContext): { storePath: string; narHash: string } {
  const storePath = store.addToStore('source', tree, { method: 'nar' });
  return { storePath, narHash: store.queryPathInfo(storePath)?.narHash as string };
}

/** The commit's own time, seconds since 1970. */
function commitTime(repository: string, revision: string): number {
  return Number(runGit(repository, ['log', '-1', '--format=%ct', '--no-show-signature', revision]).toString());
}

function commitCount(repository: string, revision: string): number {
  if (existsSync(join(repository, '.git', 'shallow'))) {
    throw flakeError('shallow-repository', `'${repository}' is a shallow Git repository, so the number of its commits is not known`, `git -C ${repository} fetch --unshallow, or add ?shallow=1 to the URL`);
  }
  return Number(runGit(repository, ['rev-list', '--count', revision]).toString());
}
