/** `registry list|add|remove|pin|resolve`, as in `nix registry`. */
import { resolve } from 'node:path';
import { BootflakeError } from '../../base/errors.ts';
import type { FlakeLoader } from '../loader.ts';
import { parseFlakeRef, printFlakeRef, type FlakeRef } from '../ref.ts';
import { isLockedInput } from '../../fetch/scheme/index.ts';
import { userRegistryPath, type RegistryKind } from './registries.ts';
import { entryName, readRegistry, sameInput, writeRegistry, type RegistryEntry } from './registry-file.ts';

export type RegistryRequest =
  /** `local`: those that need no server; `global`: the one that may have to be downloaded. Defaults to both. */
  | { action: 'list'; part?: 'local' | 'global' }
  /** `file` defaults to the user's registry. */
  | { action: 'add'; from: string; to: string; file?: string }
  | { action: 'remove'; from: string; file?: string }
  /** `to`: the flake whose present state is pinned. Defaults to `from`. */
  | { action: 'pin'; from: string; to?: string; file?: string }
  | { action: 'resolve'; flakes: string[] };

const local: RegistryKind[] = ['flags', 'user', 'system', 'builtin'];

/** Returns the lines to print. */
export function runRegistry(loader: FlakeLoader, request: RegistryRequest, baseDir: string): string[] {
  // As in Nix, a path stands for itself here, not for the repository that contains it.
  const parse = (text: string) => parseFlakeRef(/^\.\.?(?:\/|$)/.test(text) ? resolve(baseDir, text) : text);
  switch (request.action) {
    case 'list':
      return [
        ...(request.part === 'global' ? [] : local.flatMap((kind) => shownEntries(kind, loader.registries.entries(kind)))),
        ...(request.part === 'local' ? [] : shownEntries('global', globalEntries(loader))),
      ];
    case 'resolve':
      return request.flakes.map((text) => printFlakeRef(resolved(loader, parse(text))));
    case 'add': {
      replaceEntry(loader, { from: parse(request.from).input, to: parse(request.to) }, request.file, baseDir);
      return [];
    }
    case 'pin': {
      const from = parse(request.from);
      const { input } = resolved(loader, parse(request.to ?? request.from));
      const { attrs } = loader.fetchAttrs(input, { final: false });
      if (!isLockedInput(attrs)) loader.warn(`flake '${printFlakeRef({ input: attrs, subdir: '' })}' is not locked`);
      // A revision is sufficient, and more readable.
      const { narHash, ...rest } = attrs;
      const pinned = narHash !== undefined && rest.rev === undefined ? attrs : rest;
      replaceEntry(loader, { from: from.input, to: { input: pinned, subdir: from.subdir } }, request.file, baseDir);
      return [];
    }
    case 'remove': {
      const path = registryPath(request.file, baseDir);
      const { input } = parse(request.from);
      writeRegistry(
        path,
        readRegistry(path, (message) => loader.warn(message)).filter(({ from }) => !sameInput(from, input)),
      );
      return [];
    }
  }
}

function shownEntries(kind: RegistryKind, entries: readonly RegistryEntry[]): string[] {
  return entries.map((entry) => `${kind.padEnd(6)} ${entryName(entry)} ${printFlakeRef(entry.to)}`);
}

/** Without a network, the other entries are still listed. */
function globalEntries(loader: FlakeLoader): readonly RegistryEntry[] {
  try {
    return loader.registries.entries('global');
  } catch (error) {
    if (!(error instanceof BootflakeError) || !/^network\/|^flake\/(?:offline|bad-registry)$/.test(error.code)) throw error;
    loader.warn(`the global flake registry is not listed: ${error.message}`);
    return [];
  }
}

function resolved(loader: FlakeLoader, ref: FlakeRef): FlakeRef {
  const { input, dir } = loader.registries.resolve(ref.input, { all: true });
  return { input, subdir: dir ?? ref.subdir };
}

function replaceEntry(loader: FlakeLoader, entry: RegistryEntry, file: string | undefined, baseDir: string): void {
  const path = registryPath(file, baseDir);
  const others = readRegistry(path, (message) => loader.warn(message)).filter(({ from }) => !sameInput(from, entry.from));
  writeRegistry(path, [...others, entry]);
}

function registryPath(file: string | undefined, baseDir: string): string {
  return file === undefined ? userRegistryPath() : resolve(baseDir, file);
}
