/**
 * bootflake's own Nix files that replace files of nixpkgs. They are in `image-builder/` of the package; an evaluation, even a pure one,
 * refers to them by paths that no user's file can have.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { internalEntries, internalFile } from '../evaluator/index.ts';
import { packageRoot } from '../system/package-root.ts';

const prefix = '/__bootflake__/';
/** The files that an evaluation may read, by their path in the package. */
const readable = /^(?:image-builder\/[\w./-]+|distro\/(?:pkgs\/builder-revisions|nixos\/lib\/machine-description))\.nix$/;

/** The function that is imported in place of nixpkgs' nixos/lib/make-disk-image.nix. */
export const nativeImageFunction = `${prefix}image-builder/make-disk-image.nix`;

/** These files, and those built into Nix itself (eval/internal-files.ts). */
export class OwnNixFiles {
  read(path: string): string | undefined {
    const internal = internalFile(path);
    if (internal !== undefined) return internal;
    const inside = ownPath(path);
    return inside === undefined ? undefined : readFileSync(join(packageRoot(), inside), 'latin1');
  }

  kind(path: string): 'regular' | 'directory' | undefined {
    if (internalFile(path) !== undefined || ownPath(path) !== undefined) return 'regular';
    return this.list(path) && 'directory';
  }

  /** Lists a folder of Nix's own files. */
  list(path: string): Map<string, 'regular' | 'directory'> | undefined {
    return internalEntries(path);
  }
}

function ownPath(path: string): string | undefined {
  const inside = path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
  return inside !== undefined && readable.test(inside) && !inside.includes('..') ? inside : undefined;
}

const imageFunction = '/nixos/lib/make-disk-image.nix';

/**
 * Returns the nixpkgs whose image function a file is: a tree of NixOS beside a package set and a library. Our own distribution has no
 * pkgs/top-level.
 */
export function nixpkgsOfImageFunction(file: string, exists: (path: string) => boolean): string | undefined {
  if (!file.endsWith(imageFunction)) return undefined;
  const tree = file.slice(0, -imageFunction.length);
  return ['nixos/lib/eval-config.nix', 'lib/default.nix', 'pkgs/top-level/default.nix'].every((path) => exists(`${tree}/${path}`))
    ? tree
    : undefined;
}
