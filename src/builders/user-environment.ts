/**
 * builtin:buildenv as Nix has it, for user environments: symlinks to all that several packages hold. Of two files of one name, that of the
 * package with the lower number as its priority counts; a folder of two packages is merged. `derivations` is a list of words: whether the
 * package is active, its priority, the number of its outputs, those.
 */
import { BootflakeError } from '../base/errors.ts';
import { writeCanonicalTree } from '../store/physical-tree.ts';
import { directory, symlink } from '../tree/file-tree.ts';
import { placeNode } from '../tree/place.ts';
import { attributeError, stringAttribute } from './attributes.ts';
import type { BuildContext, BuildResult } from './builder.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

export function buildUserEnvironment(context: BuildContext): BuildResult {
  const environment = new UserEnvironment(context);
  environment.addAll(packages(context));
  const root = directory();
  for (const [path, { target }] of [...environment.entries].sort(([a], [b]) => (a < b ? -1 : 1)))
    placeNode(root, path, target === undefined ? directory() : symlink(target));
  placeNode(root, '/manifest.nix', symlink(stringAttribute(context.attrs, 'manifest')));
  writeCanonicalTree(outputFile(context), root);
  return { outputs: { out: { canonical: true, tree: root } } };
}

interface Package {
  path: string;
  priority: number;
}

/** The active packages. */
function packages({ attrs }: BuildContext): Package[] {
  const words = stringAttribute(attrs, 'derivations').split(/\s+/).filter(Boolean);
  const found: Package[] = [];
  for (let at = 0; at < words.length; ) {
    const [active, priority, count] = [words[at], Number(words[at + 1]), Number(words[at + 2])];
    const paths = words.slice(at + 3, at + 3 + count);
    if (!Number.isInteger(priority) || !(count >= 0) || paths.length !== count)
      throw attributeError('derivations', 'a list of: true or false, priority, number of outputs, outputs', words.slice(at).join(' '));
    if (active !== 'false') found.push(...paths.map((path) => ({ path, priority })));
    at += 3 + count;
  }
  return found.sort((a, b) => a.priority - b.priority || (a.path < b.path ? -1 : 1));
}

/** A link to `target`, or a folder. */
interface Entry {
  target: string | undefined;
  priority: number;
}

/** Packages that others bring along come after all that were asked for. */
const FIRST_PROPAGATED = 1000;

class UserEnvironment {
  /** By path below the output. */
  readonly entries = new Map<string, Entry>();
  private readonly files: InputFiles;
  private readonly done = new Set<string>();
  private postponed = new Set<string>();

  constructor(private readonly context: BuildContext) {
    this.files = new InputFiles(context);
  }

  addAll(wanted: readonly Package[]): void {
    for (const { path, priority } of wanted) this.addPackage(path, priority);
    for (let priority = FIRST_PROPAGATED; this.postponed.size > 0; ) {
      const next = [...this.postponed].sort();
      this.postponed = new Set();
      for (const path of next) this.addPackage(path, priority++);
    }
  }

  private addPackage(path: string, priority: number): void {
    if (this.done.has(path)) return;
    this.done.add(path);
    this.addFolder(path, '', priority);
    const propagated = this.files.text(`${path}/nix-support/propagated-user-env-packages`) ?? '';
    for (const other of propagated.split(/[ \n]+/).filter(Boolean)) if (!this.done.has(other)) this.postponed.add(other);
  }

  private addFolder(source: string, place: string, priority: number): void {
    if (!this.files.isFolder(source)) {
      this.context.log(`not including '${source}' in the user environment because it's not a directory`);
      return;
    }
    for (const name of this.files.names(source)) if (!name.startsWith('.')) this.add(`${source}/${name}`, `${place}/${name}`, priority);
  }

  private add(source: string, place: string, priority: number): void {
    const found = this.files.find(source);
    if (found === undefined) return this.context.log(`skipping dangling symlink '${source}'`);
    if (leftOut.test(source)) return;
    const old = this.entries.get(place);
    if (found.facts.type === 'directory') {
      if (old !== undefined) return this.merge(source, place, priority, old);
    } else if (old !== undefined) {
      if (old.target === undefined) throw collision(`'${source}' is a file, but other packages have a directory at '${place}'`);
      if (old.priority === priority) throw collision(`'${source}' and '${old.target}' have the same priority ${priority}`);
      if (old.priority < priority) return;
    }
    this.entries.set(place, { target: source, priority });
  }

  private merge(source: string, place: string, priority: number, old: Entry): void {
    if (old.target !== undefined) {
      const target = this.files.find(old.target);
      if (target?.facts.type !== 'directory') throw collision(`'${source}' is a directory, but '${old.target}' is not`);
      this.entries.set(place, { target: undefined, priority: old.priority });
      this.addFolder(target.path, place, old.priority);
    }
    this.addFolder(source, place, priority);
  }
}

/** Files that would collide, or are of use in the package alone. */
const leftOut = /\/(?:propagated-build-inputs|nix-support|perllocal\.pod|info\/dir|log|manifest\.nix|manifest\.json)$/;

function collision(what: string): BootflakeError {
  return new BootflakeError({
    code: 'build/collision',
    message: `packages of the user environment collide: ${what}`,
    hint: 'Leave one of them out, or give one another priority.',
  });
}
