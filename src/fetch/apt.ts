import { repositoryFacts, REPOSITORY_TYPE } from '../debian/repository/repository-lock.ts';
import { directory, file } from '../tree/file-tree.ts';
import type { Fetcher } from './fetcher.ts';
import type { InputAttrs } from './scheme/scheme.ts';

/** Makes the tree a flake, so that the input needs no `flake = false`. The hashes of locks depend on each byte. */
const FLAKE = `{
  description = "An apt repository: repository.json pins its package indexes";
  outputs = _: { };
}
`;

/**
 * Fetches an apt repository: a tree whose repository.json pins its package indexes. It follows from the lock alone; the repository and the
 * key are queried only when nothing is pinned yet.
 */
export const fetchApt: Fetcher = (attrs, context) => {
  const pinned = typeof attrs.indexes === 'string' ? attrs : { ...attrs, ...context.lockRepository(attrs) };
  const facts: InputAttrs = { type: REPOSITORY_TYPE };
  for (const name of repositoryFacts) if (pinned[name] !== undefined) facts[name] = pinned[name];
  const tree = directory([
    ['flake.nix', file(FLAKE)],
    ['repository.json', file(`${JSON.stringify(facts, null, 2)}\n`)],
  ]);
  const storePath = context.store.addToStore('source', tree, { method: 'nar' });
  return { storePath, attrs: { ...pinned, narHash: context.store.queryPathInfo(storePath)?.narHash as string } };
};
