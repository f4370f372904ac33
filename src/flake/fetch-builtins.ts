/** What builtins.fetchTree, fetchGit, fetchurl and fetchTarball ask of the flake half. */
import { BootflakeError } from '../base/errors.ts';
import { formatHash, parseHash } from '../nix-format/hash.ts';
import { channelUrl } from './channel.ts';
import { flakeError } from './errors.ts';
import { downloadToStore } from './fetch/file.ts';
import type { FlakeLoader } from './loader.ts';
import { parseFlakeRef, printFlakeRef } from './ref.ts';
import { inputFromAttrs, isLockedInput } from './scheme/index.ts';
import { stringAttr, type InputAttrs } from './scheme/scheme.ts';

interface Fetched {
  storePath: string;
  attrs: InputAttrs;
}

/** `attrs` as EvalHost.fetchTree has them. Throws `flake/unlocked-fetch` for what pure evaluation may not ask for. */
export function fetchForBuiltin(attrs: InputAttrs, loader: FlakeLoader, { pure }: { pure: boolean }): Fetched {
  switch (attrs.type) {
    case 'fetchurl': return fetchUrl(attrs, loader);
    case 'fetchTarball': return fetchTarball(attrs, loader);
    case 'url': return fetchInputTree(parseFlakeRef(String(attrs.url)).input, loader, pure);
    default: return fetchInputTree(inputFromAttrs(attrs), loader, pure);
  }
}

function fetchInputTree(input: InputAttrs, loader: FlakeLoader, pure: boolean): Fetched {
  if (pure && !isLockedInput(input)) {
    const text = printFlakeRef({ input, subdir: '' });
    if (input.narHash === undefined) {
      throw flakeError('unlocked-fetch', `in pure evaluation mode, 'fetchTree' doesn't fetch unlocked input '${text}'`, 'pin it by rev or narHash, make it an input of the flake, or use --impure');
    }
    loader.warn(`Input '${text}' is unlocked (e.g. lacks a Git revision) but is checked by NAR hash. This is not reproducible and will break after garbage collection or when shared.`);
  }
  const resolved = pure ? input : loader.registries.resolve(input, { all: false }).input;
  const { storePath, attrs } = loader.fetchAttrs(resolved, { final: false });
  return { storePath, attrs };
}

function fetchTarball(attrs: InputAttrs, loader: FlakeLoader): Fetched {
  const narHash = stringAttr(attrs, 'sha256');
  const input: InputAttrs = { type: 'tarball', url: channelUrl(String(attrs.url)), name: String(attrs.name), ...(narHash !== undefined && { narHash }) };
  const { storePath, attrs: found } = loader.fetchAttrs(input, { final: false });
  return { storePath, attrs: found };
}

function fetchUrl(attrs: InputAttrs, loader: FlakeLoader): Fetched {
  const url = channelUrl(String(attrs.url));
  const { storePath } = downloadToStore(url, String(attrs.name), 'flat', loader.context);
  const { ca = '' } = loader.context.store.queryPathInfo(storePath) ?? {};
  const expected = stringAttr(attrs, 'sha256');
  const found = ca.slice(ca.indexOf('sha256:'));
  if (expected !== undefined && found !== formatHash(parseHash(expected, 'sha256'), 'nix32', true)) {
    throw new BootflakeError({
      code: 'flake/hash-mismatch', exitStatus: 102,
      message: `hash mismatch in file downloaded from '${url}':\n  specified: ${formatHash(parseHash(expected, 'sha256'), 'nix32', true)}\n  got:       ${found}`,
      hint: 'if the file is meant to have changed, put the new hash in the expression; else it is not the file that was meant',
    });
  }
  return { storePath, attrs: {} };
}
