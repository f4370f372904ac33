/** Implements builtins.fetchTree, fetchGit, fetchurl and fetchTarball with the flake half. */
import { BootflakeError } from '../base/errors.ts';
import { formatHash, parseHash, type Hash } from '../nix-format/hash.ts';
import { channelUrl } from '../fetch/channel.ts';
import { flakeError } from '../base/flake-error.ts';
import { downloadToStore } from '../fetch/file.ts';
import type { FlakeLoader } from '../flake/loader.ts';
import { printFlakeRef } from '../flake/ref.ts';
import { inputFromAttrs, inputFromUrl, isLockedInput } from '../fetch/scheme/index.ts';
import { stringAttr, type InputAttrs } from '../fetch/scheme/scheme.ts';
import { parseUrl } from '../fetch/url.ts';

interface Fetched {
  storePath: string;
  attrs: InputAttrs;
}

/** `attrs` as in EvalHost.fetchTree. Throws `flake/unlocked-fetch` for a fetch that pure evaluation forbids. */
export function fetchForBuiltin(attrs: InputAttrs, builtin: string, loader: FlakeLoader, { pure }: { pure: boolean }): Fetched {
  switch (attrs.type) {
    case 'fetchurl':
      return fetchUrl(attrs, loader);
    case 'fetchTarball':
      return fetchTarball(attrs, loader);
    case 'url':
      return fetchInputTree(inputFromUrl(parseUrl(String(attrs.url)), true), builtin, loader, pure);
    default:
      return fetchInputTree(inputFromAttrs(attrs), builtin, loader, pure);
  }
}

function fetchInputTree(input: InputAttrs, builtin: string, loader: FlakeLoader, pure: boolean): Fetched {
  if (pure && !isLockedInput(input)) {
    const text = printFlakeRef({ input, subdir: '' });
    if (input.narHash === undefined) {
      throw flakeError(
        'unlocked-fetch',
        `in pure evaluation mode, '${builtin}' doesn't fetch unlocked input '${text}'`,
        'Pin it by rev or narHash, make it an input of the flake, or use --impure',
      );
    }
    loader.warn(
      `Input '${text}' is unlocked (e.g. lacks a Git revision) but is checked by NAR hash. This is not reproducible and will break ` +
        'after garbage collection or when shared.',
    );
  }
  const resolved = pure ? input : loader.registries.resolve(input, { all: false }).input;
  const { storePath, attrs } = loader.fetchAttrs(resolved, { final: false });
  return { storePath, attrs };
}

function fetchTarball(attrs: InputAttrs, loader: FlakeLoader): Fetched {
  const url = channelUrl(String(attrs.url));
  const { storePath, attrs: found } = loader.fetchAttrs({ type: 'tarball', url, name: String(attrs.name) }, { final: false });
  checkHash(url, attrs, parseHash(String(found.narHash), 'sha256'));
  return { storePath, attrs: found };
}

function fetchUrl(attrs: InputAttrs, loader: FlakeLoader): Fetched {
  const url = channelUrl(String(attrs.url));
  const { storePath } = downloadToStore(url, String(attrs.name), 'flat', loader.context);
  const { ca = '' } = loader.context.store.queryPathInfo(storePath) ?? {};
  checkHash(url, attrs, parseHash(ca.slice(ca.indexOf('sha256:')), 'sha256'));
  return { storePath, attrs: {} };
}

/** Throws `flake/hash-mismatch` when `sha256` is given and differs. */
function checkHash(url: string, attrs: InputAttrs, found: Hash): void {
  const expected = stringAttr(attrs, 'sha256');
  const print = (hash: Hash) => formatHash(hash, 'nix32', true);
  if (expected === undefined || print(parseHash(expected, 'sha256')) === print(found)) return;
  throw new BootflakeError({
    code: 'flake/hash-mismatch',
    exitStatus: 102,
    message:
      `hash mismatch in file downloaded from '${url}':\n  specified: ${print(parseHash(expected, 'sha256'))}\n  got:       ` +
      `${print(found)}`,
    hint: 'Put the new hash in the expression if the change is intended; otherwise try --refresh, which downloads the file again.',
  });
}
