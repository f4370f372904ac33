/**
 * builtin:debian-tree: unpacked packages merged to a system's /usr, /etc (as shipped), /var and /opt. Files are hard links to the packages'
 * own; the files that maintainer scripts would have generated are generated here.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HardLinks } from '../system/read-tree.ts';
import type { OwnTrust } from '../debian/generated/ca-certificates.ts';
import { follow } from '../debian/generated/tree-walk.ts';
import { closeFileSources, FileSource } from '../system/file-source.ts';
import { isFileName } from '../tree/file-name.ts';
import { directory, file, type ByteSource, type DirectoryNode } from '../tree/file-tree.ts';
import { placeNode } from '../tree/place.ts';
import type { BuildContext, BuiltinBuilder } from './builder.ts';
import { InputFiles } from './input-files.ts';
import { addAlternatives } from './merge/alternatives.ts';
import { readDebFacts } from './merge/deb-facts.ts';
import { addGenerated } from './merge/generated.ts';
import { addPackageList } from './merge/package-list.ts';
import { mergeDebs, type MergedTree, type UnpackedDeb } from './merge/merge-debs.ts';
import { subdueUnits } from './merge/package-units.ts';
import { addVarRules } from './merge/var-rules.ts';
import { listTree } from './unpack/tree-listing.ts';
import { hashInThread } from './unpack/unpack-pool.ts';
import { writeLinkedTree } from './unpack/write-hashed-tree.ts';
import { outputFile } from './output-file.ts';
import { attributeError, isAttributes, listAttribute, stringsAttribute } from './attributes.ts';

export const debianTree: BuiltinBuilder = {
  name: 'debian-tree',
  async run(context) {
    const out = outputFile(context);
    const debs = readDebs(context);
    const merged = mergeDebs(debs);
    addAlternatives(merged.root, context.attrs.alternatives ?? {});
    addGenerated(merged.root, debs, readTrust(context));
    if (context.attrs.folders !== undefined) {
      subdueUnits(merged.root, debs, stringsAttribute(context.attrs, 'unitPackages'), stringsAttribute(context.attrs, 'replacedUnits'));
      addVarRules(merged, stringsAttribute(context.attrs, 'folders'));
    }
    addFiles(merged.root, context.attrs.files ?? {});
    addSpecial(merged, context.attrs.suite);
    const depends = stringsAttribute(context.attrs, 'depends');
    addPackageList(
      merged,
      debs.map(({ facts }, index) => ({ facts, depends: depends[index] ?? '' })),
    );
    closeFileSources();
    // Another thread reads and hashes what this one links.
    const hashing = hashInThread(listTree(merged.root, pathOf), context.cores, context.signal);
    const [{ sha256, size }] = await Promise.all([hashing, linkTree(out, merged.root)]);
    return { outputs: { out: { references: [], narHash: sha256, narSize: size, canonical: true } } };
  },
};

function pathOf(source: ByteSource): string | undefined {
  return source instanceof FileSource ? source.path : undefined;
}

/** Lets the hashing begin before this thread is busy. */
async function linkTree(path: string, root: DirectoryNode): Promise<void> {
  await nextTurn();
  writeLinkedTree(path, root, pathOf);
}

function readDebs(context: BuildContext): UnpackedDeb[] {
  const hardLinks: HardLinks = new Map();
  const files = new InputFiles(context);
  return listAttribute(context.attrs, 'debs').map((path) => {
    if (typeof path !== 'string') throw attributeError('debs', 'a list of unpacked packages', path);
    const facts = readDebFacts(files.text(`${path}/nix-support/debian.json`) ?? '');
    if (facts === undefined) throw attributeError('debs', 'a list of unpacked packages', path);
    return { facts, root: files.scanTarget(path, hardLinks) as DirectoryNode };
  });
}

function readTrust(context: BuildContext): OwnTrust {
  const files = new InputFiles(context);
  return {
    certificates: stringsAttribute(context.attrs, 'certificates').map((path) => files.read(path)),
    distrusted: stringsAttribute(context.attrs, 'distrustedCertificates'),
  };
}

/** Files that stand for what maintainer scripts would do. A package's own stay. */
function addFiles(root: DirectoryNode, files: unknown): void {
  if (!isAttributes(files)) throw attributeError('files', 'a set of paths and their texts', files);
  for (const [path, text] of Object.entries(files)) {
    if (typeof text !== 'string' || !path.startsWith('usr/') || !path.split('/').every(isFileName))
      throw attributeError(`files.${path}`, 'the text of a file below usr', text);
    if (follow(root, path) === undefined) placeNode(root, path, file(text, 0o444));
  }
}

/** Modes and owners that only a postinst sets: base-passwd and statoverride calls in the packages' scripts. */
const setByScripts: { path: string; mode: string; group: string; suite?: string }[] = [
  { path: 'usr/lib/dbus-1.0/dbus-daemon-launch-helper', mode: '4754', group: 'messagebus' },
  { path: 'usr/bin/ssh-agent', mode: '2755', group: '_ssh' },
  // Its postinst sets a capability, or this mode on file systems without them; in later suites every user may ping.
  { path: 'usr/bin/ping', mode: '4755', group: 'root', suite: 'bookworm' },
];

/** `nix-support/special.json`, and `nix-support/special` in lines `MODE OWNER GROUP PATH` for a shell. */
function addSpecial({ root, special }: MergedTree, suite: unknown): void {
  const members = special.filter(({ type }) => type === 'file');
  for (const { path, mode, group, suite: only } of setByScripts) {
    if (follow(root, path) && (only === undefined || only === suite)) members.push({ path, type: 'file', mode, owner: 'root', group });
  }
  members.sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = members.map(({ mode, owner, group, path }) => `${mode.padStart(4, '0')} ${owner} ${group} ${path}\n`).join('');
  root.entries.set(
    'nix-support',
    directory(
      [
        ['special', file(lines, 0o444)],
        ['special.json', file(`${JSON.stringify([...members, ...special.filter(({ type }) => type === 'directory')])}\n`, 0o444)],
      ],
      0o555,
    ),
  );
}
