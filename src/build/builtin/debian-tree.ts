/**
 * builtin:debian-tree: unpacked packages merged to what is a system's /usr, /etc (as shipped), /var and /opt. Files are hard links to the
 * packages' own; what maintainer scripts would have generated there is generated here.
 */
import type { DebFacts } from '../../debian/deb.ts';
import { closeFileSources, FileSource } from '../../io/file-source.ts';
import { readText } from '../../io/file-operations.ts';
import { TreeScanner } from '../../io/scan-tree.ts';
import { directory, file, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import type { BuildContext, BuiltinBuilder } from '../builder.ts';
import { addAlternatives } from '../merge/alternatives.ts';
import { addGenerated } from '../merge/generated.ts';
import { mergeDebs, type MergedTree, type UnpackedDeb } from '../merge/merge-debs.ts';
import { writeHashedTree } from '../unpack/write-hashed-tree.ts';
import { attributeError, listAttribute } from './attributes.ts';

export const debianTree: BuiltinBuilder = {
  name: 'debian-tree',
  async run(context) {
    const debs = readDebs(context);
    const merged = mergeDebs(debs);
    addAlternatives(merged.root, context.attrs.alternatives ?? {});
    addGenerated(merged.root, debs);
    addSpecial(merged);
    try {
      const { sha256, size } = writeHashedTree(context.outputFiles.out!, merged.root, (source) => (source instanceof FileSource ? source.path : undefined));
      return { outputs: { out: { references: [], narHash: sha256, narSize: size, canonical: true } } };
    } finally {
      closeFileSources();
    }
  },
};

function readDebs(context: BuildContext): UnpackedDeb[] {
  const scanner = new TreeScanner();
  return listAttribute(context.attrs, 'debs').map((path) => {
    if (typeof path !== 'string') throw attributeError('debs', 'a list of unpacked packages', path);
    const real = context.realPath(path);
    const facts = readText(`${real}/nix-support/debian.json`, 'utf8');
    if (facts === undefined) throw attributeError('debs', 'a list of unpacked packages', path);
    return { facts: JSON.parse(facts) as DebFacts, root: scanner.scan(real) as DirectoryNode };
  });
}

/** What only a postinst sets: base-passwd and statoverride calls in the packages' scripts. */
const setByScripts: [path: string, mode: string, owner: string, group: string][] = [
  ['usr/lib/dbus-1.0/dbus-daemon-launch-helper', '4754', 'root', 'messagebus'],
  ['usr/bin/ssh-agent', '2755', 'root', '_ssh'],
];

/** `nix-support/special.json`, and `nix-support/special` in lines `MODE OWNER GROUP PATH` for a shell. */
function addSpecial({ root, special }: MergedTree): void {
  const members = special.filter(({ type }) => type === 'file');
  for (const [path, mode, owner, group] of setByScripts) {
    if (has(root, path)) members.push({ path, type: 'file', mode, owner, group });
  }
  members.sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = members.map(({ mode, owner, group, path }) => `${mode.padStart(4, '0')} ${owner} ${group} ${path}\n`).join('');
  root.entries.set('nix-support', directory([['special', file(lines, 0o444)], ['special.json', file(`${JSON.stringify([...members, ...special.filter(({ type }) => type === 'directory')])}\n`, 0o444)]], 0o555));
}

function has(root: DirectoryNode, path: string): boolean {
  let node: DirectoryNode | undefined = root;
  const names = path.split('/');
  for (const name of names.slice(0, -1)) {
    const next: FileNode | undefined = node?.entries.get(name);
    node = next?.type === 'directory' ? next : undefined;
  }
  return node?.entries.has(names.at(-1) as string) ?? false;
}
