/**
 * bootflake's own Nix files that replace files of nixpkgs. They are in `image-builder/` and `distro/` of the package; an evaluation, even a
 * pure one, refers to them by paths that no user's file can have.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { internalEntries, internalFile } from '../evaluator/index.ts';
import { packageRoot } from '../system/package-root.ts';

const prefix = '/__bootflake__/';
const ofTests = 'distro/nixos/lib/testing';
/** The files that an evaluation may read, by their path in the package. */
const readable = new RegExp(
  '^(?:image-builder/[\\w./-]+\\.nix|distro/pkgs/builder-revisions\\.nix|' +
    'distro/nixos/lib/(?:checked-derivation|machine-description|image-formats)\\.nix|' +
    `${ofTests}/(?:nixpkgs/[\\w-]+|script-references)\\.nix|distro/nixos/modules/virtualisation/guest-shell\\.pl)$`,
);
/** The folders that an evaluation may copy to the store. */
const folders = [`${ofTests}/driver`];

export interface ReplacedFile {
  /** Its path in nixpkgs. */
  file: string;
  /** Ours, in the package. */
  ours: string;
  /** Whether ours is a function of theirs, `{ file, value }`, to what takes its place. */
  extends: boolean;
  /** What a nixpkgs of that time has besides. Our own distribution has no pkgs/top-level. */
  beside: string[];
  /** For the note that it was replaced. */
  what: 'images' | 'tests';
}

/** The files of nixpkgs that are replaced, by era. */
const replacedFiles: readonly ReplacedFile[] = [
  {
    file: 'nixos/lib/make-disk-image.nix',
    ours: 'image-builder/make-disk-image.nix',
    extends: false,
    beside: ['nixos/lib/eval-config.nix'],
    what: 'images',
  },
  ...['nixos/lib/make-single-disk-zfs-image.nix', 'nixos/lib/make-multi-disk-zfs-image.nix'].map((file) => ({
    file,
    ours: 'image-builder/make-zfs-image.nix',
    extends: true,
    beside: ['nixos/lib/eval-config.nix'],
    what: 'images' as const,
  })),
  // Up to NixOS 22.05.
  {
    file: 'nixos/lib/testing-python.nix',
    ours: `${ofTests}/nixpkgs/testing-python.nix`,
    extends: true,
    beside: ['nixos/lib/build-vms.nix', 'nixos/modules/testing/test-instrumentation.nix'],
    what: 'tests',
  },
  // Since NixOS 22.11.
  {
    file: 'nixos/lib/testing/run.nix',
    ours: `${ofTests}/nixpkgs/test-module.nix`,
    extends: true,
    beside: ['nixos/lib/testing/driver.nix', 'nixos/lib/testing/nodes.nix', 'nixos/modules/testing/test-instrumentation.nix'],
    what: 'tests',
  },
];
const ofEveryNixpkgs = ['lib/default.nix', 'pkgs/top-level/default.nix'];

/** Returns the nixpkgs that a file is of, and how the file is replaced. */
export function findReplacedFile(file: string, exists: (path: string) => boolean): { nixpkgs: string; replaced: ReplacedFile } | undefined {
  const replaced = replacedFiles.find((one) => file.endsWith(`/${one.file}`));
  if (!replaced) return undefined;
  const nixpkgs = file.slice(0, -replaced.file.length - 1);
  return [...replaced.beside, ...ofEveryNixpkgs].every((path) => exists(`${nixpkgs}/${path}`)) ? { nixpkgs, replaced } : undefined;
}

/** Of files that extend theirs. */
const joined = `${prefix}joined/`;
/** Theirs, which is not replaced under this name. */
const theirs = `${prefix}theirs`;

/** The file that is evaluated in place of a file of nixpkgs. */
export function replacementOf(file: string, { ours, extends: isJoined }: ReplacedFile): string {
  return isJoined ? `${joined}${ours}${file}` : `${prefix}${ours}`;
}

/** The file of nixpkgs of this name for it. */
export function unreplaced(path: string): string | undefined {
  return path.startsWith(`${theirs}/`) ? path.slice(theirs.length) : undefined;
}

function joinedText(path: string): string | undefined {
  const replaced = replacedFiles.find((one) => one.extends && path.startsWith(`${joined}${one.ours}/`));
  if (!replaced) return undefined;
  const text = (value: string): string => `"${value.replace(/["$\\]/g, '\\$&')}"`;
  const file = path.slice(joined.length + replaced.ours.length);
  const imported = (path: string): string => `import (/. + ${text(path)})`;
  return `${imported(prefix + replaced.ours)} { file = ${text(file)}; value = ${imported(theirs + file)}; }\n`;
}

/** These files, and those built into Nix itself (eval/internal-files.ts). */
export class OwnNixFiles {
  read(path: string): string | undefined {
    const internal = internalFile(path) ?? joinedText(path);
    if (internal !== undefined) return internal;
    const inside = ownPath(path);
    return inside === undefined ? undefined : readFileSync(join(packageRoot(), inside), 'latin1');
  }

  kind(path: string): 'regular' | 'directory' | undefined {
    if (internalFile(path) !== undefined || ownPath(path) !== undefined || path.startsWith(joined) || unreplaced(path)) return 'regular';
    return this.list(path) && 'directory';
  }

  /** Lists a folder of Nix's own files. */
  list(path: string): Map<string, 'regular' | 'directory'> | undefined {
    return internalEntries(path);
  }

  /** The physical path of a folder that may be copied. */
  folder(path: string): string | undefined {
    const inside = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    return folders.includes(inside) ? join(packageRoot(), inside) : undefined;
  }
}

function ownPath(path: string): string | undefined {
  const inside = path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
  return inside !== undefined && readable.test(inside) && !inside.includes('..') ? inside : undefined;
}
