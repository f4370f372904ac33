/** The indexes that depmod makes for a folder of kernel modules; equal to kmod's except for the order of lines in modules.symbols. */
import type { DirectoryNode, RegularNode } from '../../../tree/file-tree.ts';
import { gunzipBounded, unxz } from '../../xz.ts';
import { filesBelow, readNode } from '../tree-walk.ts';
import { BinaryIndex } from './binary-index.ts';
import { allNeeds, linkModules, type KernelModule } from './dependencies.ts';
import { readModuleFile } from './module-file.ts';

/** Returns the files by name, to be put into the folder itself (`usr/lib/modules/VERSION`). */
export function moduleIndexes(folder: DirectoryNode): Map<string, Uint8Array> {
  const modules = readModules(folder);
  linkModules(modules);
  const text = (lines: Iterable<string>, heading = '') => Buffer.from([heading, ...lines].join(''), 'latin1');
  const dependencies = modules.map((module) => ({
    module,
    line: [`${module.path}:`, ...allNeeds(module).map((need) => need.path)].join(' '),
  }));
  const files = new Map<string, Uint8Array>([
    ['modules.dep', text(dependencies.map(({ line }) => `${line}\n`))],
    ['modules.dep.bin', index(dependencies.map(({ module, line }) => [module.name, line, module.index]))],
    [
      'modules.alias',
      text(
        modules.flatMap(({ name, aliases }) => aliases.map((alias) => `alias ${alias} ${name}\n`)),
        '# Aliases extracted from modules themselves.\n',
      ),
    ],
    [
      'modules.alias.bin',
      index(modules.flatMap(({ name, aliases, index }) => aliases.flatMap((alias) => entry(normalAlias(alias), name, index)))),
    ],
    [
      'modules.softdep',
      text(
        modules.flatMap(({ name, softdeps }) => softdeps.map((softdep) => `softdep ${name} ${softdep}\n`)),
        '# Soft dependencies extracted from modules themselves.\n',
      ),
    ],
    [
      'modules.weakdep',
      text(
        modules.flatMap(({ name, weakdeps }) => weakdeps.map((weakdep) => `weakdep ${name} ${weakdep}\n`)),
        '# Weak dependencies extracted from modules themselves.\n',
      ),
    ],
    ...symbolFiles(modules),
    ['modules.devname', text(deviceNames(modules))],
  ]);
  for (const [name, bytes] of builtinFiles(folder)) files.set(name, bytes);
  return files;
}

/** Reads the modules in kmod's order: as in modules.order, then the others. */
function readModules(folder: DirectoryNode): KernelModule[] {
  const ordered = new Map(lines(folder, 'modules.order').map((path, i) => [path, i]));
  const found = [...filesBelow(folder)].flatMap(([path, node]) => {
    const suffix = /\.ko(\.xz|\.gz|)$/.exec(path);
    return suffix ? [{ path, node, plain: path.slice(0, path.length - suffix[1]!.length), suffix: suffix[1]! }] : [];
  });
  const place = (plain: string) => ordered.get(plain) ?? Number.MAX_SAFE_INTEGER;
  found.sort((a, b) => place(a.plain) - place(b.plain) || (a.path < b.path ? -1 : 1));
  const modules: KernelModule[] = [];
  for (const { path, node, suffix } of found) {
    const facts = readModuleFile(decompress(readNode(node), suffix));
    if (facts) modules.push({ ...facts, name: moduleName(path), path, index: modules.length, needs: [], loadOrder: 0 });
  }
  return modules;
}

function decompress(bytes: Buffer, suffix: string): Buffer {
  if (suffix === '.gz') return gunzipBounded(bytes);
  return suffix === '.xz' ? unxz(bytes) : bytes;
}

type IndexEntry = [key: string, value: string, priority: number];

function entry(key: string | undefined, value: string, priority: number): IndexEntry[] {
  return key === undefined ? [] : [[key, value, priority]];
}

function index(entries: Iterable<IndexEntry>): Buffer {
  const binary = new BinaryIndex();
  for (const [key, value, priority] of entries) binary.add(key, value, priority);
  return binary.encode();
}

function symbolFiles(modules: KernelModule[]): [string, Uint8Array][] {
  const owners = new Map<string, KernelModule>();
  for (const module of modules) for (const symbol of module.exports) owners.set(symbol, module);
  const sorted = [...owners].sort(([a], [b]) => (a < b ? -1 : 1));
  const heading = '# Aliases for symbols, used by symbol_request().\n';
  return [
    ['modules.symbols', Buffer.from(heading + sorted.map(([symbol, { name }]) => `alias symbol:${symbol} ${name}\n`).join(''), 'latin1')],
    ['modules.symbols.bin', index(sorted.map(([symbol, module]) => [`symbol:${symbol}`, module.name, module.index]))],
  ];
}

/** The nodes in /dev that systemd-tmpfiles makes in advance, so that opening one loads its module. */
function deviceNames(modules: KernelModule[]): string[] {
  const found: string[] = [];
  for (const { name, aliases } of modules) {
    const device = aliases.find((alias) => alias.startsWith('devname:'))?.slice('devname:'.length);
    const [, type, major, minor] = aliases.map((alias) => /^(char|block)-major-(\d+)-(\d+)/.exec(alias)).find((match) => match) ?? [];
    if (device !== undefined && type) found.push(`${name} ${device} ${type[0]}${major}:${minor}\n`);
  }
  return found.length > 0 ? ['# Device nodes to trigger on-demand module loading.\n', ...found] : [];
}

function builtinFiles(folder: DirectoryNode): [string, Uint8Array][] {
  const files: [string, Uint8Array][] = [];
  const names = lines(folder, 'modules.builtin')
    .filter((line) => /^[a-z]/i.test(line))
    .map(moduleName);
  if (folder.entries.has('modules.builtin')) files.push(['modules.builtin.bin', index(names.map((name) => [name, '', 0]))]);
  const info = folder.entries.get('modules.builtin.modinfo');
  if (info?.type === 'regular') {
    // MODULE.KEY=VALUE, each ended by a zero byte.
    const aliases = readNode(info)
      .toString('latin1')
      .split('\0')
      .flatMap((record): IndexEntry[] => {
        const [, name, value] = /^([^.]+)\.alias=(.+)$/s.exec(record) ?? [];
        return name ? entry(normalAlias(value!), name, 0) : [];
      });
    files.push(['modules.builtin.alias.bin', index(aliases)]);
  }
  return files;
}

function lines(folder: DirectoryNode, name: string): string[] {
  const node = folder.entries.get(name);
  return node?.type === 'regular'
    ? readNode(node as RegularNode)
        .toString('latin1')
        .split('\n')
        .filter(Boolean)
    : [];
}

function moduleName(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\..*$/, '')
    .replaceAll('-', '_');
}

/** Replaces dashes by underscores outside brackets; returns undefined when the brackets are unbalanced. */
function normalAlias(alias: string): string | undefined {
  if (!alias.includes('[') && !alias.includes(']')) return alias.replaceAll('-', '_');
  let normal = '';
  for (let at = 0; at < alias.length; at++) {
    const character = alias[at]!;
    if (character === ']') return undefined;
    if (character === '[') {
      const end = alias.indexOf(']', at);
      if (end < 0) return undefined;
      normal += alias.slice(at, end + 1);
      at = end;
    } else normal += character === '-' ? '_' : character;
  }
  return normal;
}
