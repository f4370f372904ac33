/**
 * builtin:buildenv. With `derivations` it is Nix's own: see user-environment.ts. With `paths`: a farm of symlinks over several store paths,
 * with the rules of nixpkgs' buildEnv: a directory of only one path becomes one link; a directory of several paths is merged; two different
 * files of one name are a collision, unless their priorities differ (the lower number wins) or their contents are equal.
 */
import { BootflakeError } from '../base/errors.ts';
import { writeCanonicalTree } from '../store/physical-tree.ts';
import { narHash } from '../nix-format/nar-writer.ts';
import { isFileName } from '../tree/file-name.ts';
import { directory, symlink, type DirectoryNode } from '../tree/file-tree.ts';
import { placeNode } from '../tree/place.ts';
import type { BuildContext, BuiltinBuilder } from './builder.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';
import { buildUserEnvironment } from './user-environment.ts';
import { attributeError, booleanAttribute, isAttributes, listAttribute } from './attributes.ts';

export const buildenv: BuiltinBuilder = {
  name: 'buildenv',
  async run(context) {
    if (context.attrs.derivations !== undefined) return buildUserEnvironment(context);
    const farm = new LinkFarm(context);
    for (const { path, priority } of packages(context)) farm.addPackage(path, priority);
    const root = farm.tree();
    writeCanonicalTree(outputFile(context), root);
    return { outputs: { out: { canonical: true, tree: root } } };
  },
};

/** nixpkgs' lib.meta.defaultPriority. */
const defaultPriority = 5;

/** `paths` holds store paths, or sets `{ path, priority }` or `{ paths, priority }`. */
function packages({ attrs }: BuildContext): { path: string; priority: number }[] {
  return listAttribute(attrs, 'paths').flatMap((entry) => {
    if (typeof entry === 'string') return [{ path: entry, priority: defaultPriority }];
    const paths = isAttributes(entry) ? (Array.isArray(entry.paths) ? entry.paths : [entry.path]) : [];
    if (!isAttributes(entry) || !paths.every((path) => typeof path === 'string'))
      throw attributeError('paths', 'a list of store paths', entry);
    const priority = typeof entry.priority === 'number' ? entry.priority : defaultPriority;
    return paths.map((path: string) => ({ path, priority }));
  });
}

/** A link to `target`, or a directory that holds other entries (`target` undefined). */
interface Entry {
  target: string | undefined;
  priority: number;
}

class LinkFarm {
  /** By path below the output; '' is the output itself. */
  private readonly entries = new Map<string, Entry>([['', { target: undefined, priority: 0 }]]);
  private readonly pathsToLink: string[];
  private readonly ignoreCollisions: boolean;

  private readonly files: InputFiles;

  constructor(private readonly context: BuildContext) {
    const { attrs } = context;
    this.files = new InputFiles(context);
    const wanted = attrs.pathsToLink === undefined ? ['/'] : listAttribute(attrs, 'pathsToLink').map(String);
    this.pathsToLink = wanted.map((path) => {
      const names = path.split('/').filter(Boolean);
      if (!names.every(isFileName))
        throw attributeError('pathsToLink', 'a list of paths below those that are joined, as "/share/doc"', path);
      return `/${names.join('/')}`;
    });
    this.ignoreCollisions = booleanAttribute(attrs, 'ignoreCollisions');
    // The parents of a path to link must not become links themselves.
    for (const path of this.pathsToLink) {
      for (let above = path.slice(0, path.lastIndexOf('/')); above !== ''; above = above.slice(0, above.lastIndexOf('/'))) {
        if (this.someHave(above, attrs)) this.entries.set(above, { target: undefined, priority: 0 });
      }
    }
  }

  addPackage(path: string, priority: number): void {
    if (!this.isDirectory(path)) {
      const fault = this.files.find(path) ? 'is a file and cannot be merged into an environment' : 'is not in the store';
      throw new BootflakeError({ code: 'build/not-a-directory', message: `'${path}' ${fault}` });
    }
    this.addDirectory('', path, priority);
  }

  tree(): DirectoryNode {
    const root = directory();
    for (const [path, { target }] of [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (path !== '') placeNode(root, path, target === undefined ? directory() : symlink(target));
    }
    return root;
  }

  private addDirectory(path: string, target: string, priority: number): void {
    for (const name of this.files.names(target)) this.add(`${path}/${name}`, `${target}/${name}`, priority);
  }

  private add(path: string, target: string, priority: number): void {
    if (isLeftOut(path) || !this.isWanted(path)) return;
    const old = this.entries.get(path);
    const oldIsFile = old?.target !== undefined && !this.isDirectory(old.target);
    if (old === undefined || (priority < old.priority && oldIsFile)) {
      this.entries.set(path, { target, priority });
      return;
    }
    if (old.target !== undefined && this.same(target, old.target)) return;
    if (priority > old.priority && oldIsFile) return;
    if (!this.isDirectory(target) || oldIsFile) {
      if (this.ignoreCollisions || (old.target !== undefined && this.equalContents(target, old.target))) return;
      throw collision(path, target, old.target, priority);
    }
    if (old.target !== undefined) {
      this.entries.set(path, { target: undefined, priority: old.priority });
      this.addDirectory(path, old.target, old.priority);
    }
    this.addDirectory(path, target, priority);
    this.entries.set(path, { target: undefined, priority });
  }

  private isWanted(path: string): boolean {
    return this.pathsToLink.some(
      (wanted) => wanted === '/' || wanted === path || wanted.startsWith(`${path}/`) || path.startsWith(`${wanted}/`),
    );
  }

  private isDirectory(target: string): boolean {
    return this.files.isFolder(target);
  }

  /** Two links to the same path of the machine (set by alternatives) do not collide, although the store has no file there. */
  private same(left: string, right: string): boolean {
    return left === right || this.files.endOf(left) === this.files.endOf(right);
  }

  private equalContents(left: string, right: string): boolean {
    const [a, b] = [this.files.find(left), this.files.find(right)];
    if (a?.facts.type !== 'regular' || b?.facts.type !== 'regular' || a.facts.size !== b.facts.size) return false;
    const hash = (path: string) => Buffer.from(narHash(this.files.tree(path)).sha256);
    return hash(a.path).equals(hash(b.path));
  }

  private someHave(path: string, attrs: Record<string, unknown>): boolean {
    return packages({ ...this.context, attrs }).some((entry) => this.isDirectory(`${entry.path}${path}`));
  }
}

/** As in nixpkgs: files that belong to a single package, or are an index of all packages. */
function isLeftOut(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    path === '/propagated-build-inputs' ||
    path === '/nix-support' ||
    path.endsWith('/info/dir') ||
    (path.startsWith('/share/mime/') && !path.startsWith('/share/mime/packages')) ||
    name === 'perllocal.pod' ||
    name === 'log'
  );
}

function collision(path: string, target: string, old: string | undefined, priority: number): BootflakeError {
  return new BootflakeError({
    code: 'build/collision',
    message:
      old === undefined
        ? `'${target}' is a file, but other paths have a directory at '${path}'`
        : `collision between '${target}' and '${old}', both of priority ${priority}`,
    hint: 'Leave one of the two out, give one a lower number with lib.setPrio or lib.hiPrio, or set ignoreCollisions = true.',
  });
}
