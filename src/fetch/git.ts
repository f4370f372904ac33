import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../system/file-operations.ts';
import { withRepository, type GitRepository } from './git-repository/repository.ts';
import type { DirectoryNode } from '../tree/file-tree.ts';
import { flakeError } from '../base/flake-error.ts';
import { localRepository } from './scheme/git.ts';
import { inputFromAttrs } from './scheme/index.ts';
import { stringAttr, type InputAttrs } from './scheme/scheme.ts';
import { exportIgnored, type AttributesOf } from './git-attributes.ts';
import { findCommit, fullRef, remoteCommit, type Commit } from './git-clone.ts';
import { commitTree } from './git-objects.ts';
import { submodulesOf, type Submodule } from './git-submodules.ts';
import { largeSourceWarning } from './large-source.ts';
import { worktreeState, worktreeTree } from './git-worktree.ts';
import type { FetchContext, FetchedTree, Fetcher } from './fetcher.ts';
import { removeNode } from './put-node.ts';

/**
 * Fetches the tracked files of a local folder, or a commit of its repository if a revision or ref is given, or a commit of a server's
 * repository.
 */
export const fetchGit: Fetcher = (attrs, context) => {
  refuseUnknown(attrs);
  const folder = localRepository(attrs);
  if (folder === undefined) return fetchCommit(attrs, remoteCommit(attrs, context), context);
  if (!existsSync(folder)) throw flakeError('missing-path', `Git repository '${folder}' does not exist`);
  return withRepository(folder, (repository) =>
    attrs.rev !== undefined || attrs.ref !== undefined || !existsSync(join(folder, '.git'))
      ? fetchCommit(attrs, localCommit(attrs, repository), context)
      : fetchWorktree(attrs, repository, folder, context),
  );
};

function refuseUnknown(attrs: InputAttrs): void {
  if (attrs.lfs === true)
    throw flakeError(
      'cannot-fetch',
      `Git LFS is not supported: '${attrs.url}'`,
      'Fetch the large files by separate inputs with flake = false.',
    );
  const name = ['verifyCommit', 'keytype', 'publicKey', 'publicKeys'].find((key) => attrs[key] !== undefined);
  if (name !== undefined) {
    throw flakeError(
      'cannot-fetch',
      `experimental Nix feature 'verified-fetches' is not supported: '${attrs.url}' has the attribute '${name}'`,
      'Pin the commit by rev, which identifies its content.',
    );
  }
}

function fetchWorktree(attrs: InputAttrs, repository: GitRepository, folder: string, context: FetchContext): FetchedTree {
  const options = { submodules: attrs.submodules === true };
  const state = worktreeState(repository, options);
  if (state.dirty && !context.settings.allowDirty)
    throw flakeError('dirty-tree', `Git tree '${folder}' is dirty`, 'Commit the changes, or set allow-dirty = true in nix.conf');
  if (state.dirty && context.settings.warnDirty) context.warn(`Git tree '${folder}' is dirty`);
  const tree = worktreeTree(repository, options);
  if (attrs.exportIgnore === true) leaveOut(tree, { repository, temporary: temporaryFolder(context) });
  const { storePath, narHash } = addTree(tree, attrs, context, () => {
    const warning = largeSourceWarning(tree, folder, { git: true });
    if (warning !== undefined) context.warn(warning);
  });
  const facts: InputAttrs = { lastModified: state.head === undefined ? 0 : commitTime(repository, state.head) };
  if (!state.dirty) {
    if (state.ref !== undefined) facts.ref = state.ref;
    facts.rev = state.head ?? '0'.repeat(40);
    if (attrs.shallow !== true) facts.revCount = state.head === undefined ? 0 : commitCount(repository, state.head);
  } else if (state.head !== undefined) {
    facts.dirtyRev = `${state.head}-dirty`;
    facts.dirtyShortRev = `${state.head.slice(0, 7)}-dirty`;
  }
  return { storePath, attrs: { ...attrs, ...facts, narHash }, checkout: { folder: realpathSync(folder), git: true, writable: true } };
}

function localCommit(attrs: InputAttrs, repository: GitRepository): Commit {
  const { name } = repository;
  const ref = stringAttr(attrs, 'ref') ?? repository.tryGit(['symbolic-ref', 'HEAD'])?.toString().trim() ?? 'master';
  const wanted = stringAttr(attrs, 'rev') ?? fullRef(ref);
  const found = findCommit(repository, wanted) ?? (attrs.rev === undefined ? findCommit(repository, `refs/tags/${ref}`) : undefined);
  if (found !== undefined) return { repository, ref, rev: found };
  throw attrs.rev === undefined
    ? flakeError(
        'missing-revision',
        `there is no branch '${ref}' in the Git repository '${name}'`,
        `Run: git -C ${name} branch -a  to list them.`,
      )
    : flakeError(
        'missing-revision',
        `Cannot find Git revision '${attrs.rev}' in ref '${ref}' of repository '${name}'`,
        `Run: git -C ${name} fetch  which may fetch it.`,
      );
}

function fetchCommit(attrs: InputAttrs, commit: Commit, context: FetchContext): FetchedTree {
  const { repository, ref, rev } = commit;
  const { storePath, narHash } = addTree(wholeTree(attrs, commit, context), attrs, context);
  const facts: InputAttrs = { ref, rev, lastModified: attrs.lastModified ?? commitTime(repository, rev), narHash };
  if (attrs.shallow !== true) facts.revCount = attrs.revCount ?? commitCount(repository, rev);
  return { storePath, attrs: { ...attrs, ...facts } };
}

/** Returns a commit's files, including those of its submodules if requested. */
function wholeTree(attrs: InputAttrs, commit: Commit, context: FetchContext): DirectoryNode {
  const { repository, rev } = commit;
  const modules = attrs.submodules === true ? submodulesOf(repository, rev) : undefined;
  const tree = commitTree(
    repository,
    rev,
    modules &&
      ((path, revision) => {
        const submodule = modules.get(path);
        if (!submodule) throw flakeError('cannot-fetch', `the submodule '${path}' of '${attrs.url}' is not in its .gitmodules`);
        return submoduleTree(submodule, revision, { attrs, commit, context });
      }),
  );
  if (attrs.exportIgnore === true) leaveOut(tree, { repository, revision: rev, temporary: temporaryFolder(context) });
  return tree;
}

/** Returns the files of a submodule's commit. Its entry in .gitmodules is checked like any reference. */
function submoduleTree(
  { path, url, branch }: Submodule,
  revision: string,
  outer: { attrs: InputAttrs; commit: Commit; context: FetchContext },
): DirectoryNode {
  const { attrs, commit, context } = outer;
  const inner = inputFromAttrs({
    type: 'git',
    url,
    rev: revision,
    submodules: true,
    allRefs: true,
    exportIgnore: attrs.exportIgnore === true,
    ...(branch !== undefined && { ref: branch === '.' ? commit.ref : branch }),
  });
  const local = localRepository(inner);
  if (local === undefined) return wholeTree(inner, remoteCommit(inner, context), context);
  if (localRepository(attrs) !== undefined)
    return withRepository(local, (repository) => wholeTree(inner, localCommit(inner, repository), context));
  throw flakeError(
    'cannot-fetch',
    `the submodule '${path}' of '${attrs.url}' lies on this machine ('${url}'), where no repository of a server's has a say`,
    'Clone the repository and use the clone: git+file:///PATH?submodules=1',
  );
}

function leaveOut(tree: DirectoryNode, source: AttributesOf): void {
  const paths: string[] = [];
  const visit = (folder: DirectoryNode, prefix: string): void => {
    for (const [name, node] of folder.entries) {
      paths.push(prefix + name);
      if (node.type === 'directory') visit(node, `${prefix}${name}/`);
    }
  };
  visit(tree, '');
  for (const path of exportIgnored(paths, source)) removeNode(tree, path);
}

function temporaryFolder({ cacheDir }: FetchContext): string {
  const folder = join(cacheDir, 'git');
  makeDirectories(folder);
  return folder;
}

function addTree(
  tree: DirectoryNode,
  attrs: InputAttrs,
  { store }: FetchContext,
  onCopy: () => void = () => {},
): { storePath: string; narHash: string } {
  const storePath = store.addToStore(stringAttr(attrs, 'name') ?? 'source', tree, { method: 'nar', onCopy });
  return { storePath, narHash: store.queryPathInfo(storePath)?.narHash as string };
}

/** The commit's own time, seconds since 1970. */
function commitTime(repository: GitRepository, revision: string): number {
  return Number(repository.git(['log', '-1', '--format=%ct', '--no-show-signature', '--end-of-options', revision]).toString());
}

function commitCount(repository: GitRepository, revision: string): number {
  if (repository.shallow) {
    throw flakeError(
      'shallow-repository',
      `'${repository.name}' is a shallow Git repository, so the number of its commits is not known`,
      `Run: git -C ${repository.name} fetch --unshallow, or add ?shallow=1 to the URL`,
    );
  }
  return Number(repository.git(['rev-list', '--count', '--end-of-options', revision]).toString());
}
