/** Profiles as Nix has them: a link to the newest of its generations, `NAME-1-link`, `NAME-2-link`, ..., each of them a root. */
import { readdirSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { LocalStore } from '../store/local-store.ts';
import { makeDirectories } from '../system/file-operations.ts';
import { besideName } from '../system/beside-name.ts';

/** Makes a new generation, unless the newest is the same path already. */
export function addProfileGeneration(store: LocalStore, profile: string, path: string): void {
  const link = resolve(profile);
  const [folder, name] = [dirname(link), basename(link)];
  makeDirectories(folder);
  const numbers = readdirSync(folder).flatMap((entry) => {
    const number = entry.startsWith(`${name}-`) ? /^([0-9]+)-link$/.exec(entry.slice(name.length + 1)) : null;
    return number ? [Number(number[1])] : [];
  });
  const newest = Math.max(0, ...numbers);
  if (newest > 0 && targetOf(join(folder, `${name}-${newest}-link`)) === store.realPath(path))
    return switchTo(link, `${name}-${newest}-link`);
  store.addIndirectRoot(join(folder, `${name}-${newest + 1}-link`), path);
  switchTo(link, `${name}-${newest + 1}-link`);
}

function switchTo(link: string, generation: string): void {
  const temporary = besideName(link, 'tmp');
  symlinkSync(generation, temporary);
  renameSync(temporary, link);
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
