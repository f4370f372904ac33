import { resolve } from 'node:path';
import type { ImageSize, SizeChange, SizedPath } from '../../api/image-size.ts';
import type { TreemapItem } from '../../api/treemap.ts';
import { visibleLine } from '../../base/control-characters.ts';
import { BootflakeError } from '../../base/errors.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { addArgumentOptions, addFlakeOptions, readArguments, readFlakeOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

export const size: CommandSpec = {
  name: 'size',
  summary: 'show what takes the space of an image, and why it is there',
  args: '[installable-or-path]',
  examples: [
    ['bootflake size .#build-qcow2', 'store paths and Debian packages, largest first'],
    ['bootflake size ./result --files', 'with the files in each'],
    ['bootflake size ./result --diff ./result-before', 'what made it larger or smaller'],
    ['bootflake size .#build-qcow2 --svg size.svg', 'a map of rectangles, for a browser'],
  ],
  description:
    'Sizes are those of files and directories in blocks of 4 KiB, as the file system of an image uses them. Behind a store path is a ' +
    'shortest chain of references to it, behind a Debian package one of dependencies, from a package that no other needs. Of anything ' +
    'but an image, it is the closure that is measured.',
  configure(command) {
    addArgumentOptions(addFlakeOptions(command))
      .option('--expr <expression>', 'the installable is an attribute of this expression')
      .option('-f, --file <path>', 'the installable is an attribute of this file')
      .option('--files', 'show files too')
      .option('-a, --all', 'show small entries too')
      .option('--diff <installable-or-path>', 'show what differs from this one')
      .option('--svg <file>', 'write a treemap to this file')
      .option('--json', 'print everything as JSON');
  },
  async run(terminal, options, [name = '.']) {
    const { imageSize, sizeChanges } = await import('../../api/image-size.ts');
    const { expr, file, diff, svg } = options as Partial<Record<'expr' | 'file' | 'diff' | 'svg', string>>;
    if (diff !== undefined && svg !== undefined)
      throw new BootflakeError({
        code: 'cli/exclusive-options',
        message: '--diff and --svg cannot be used together: a map has one image',
        hint: 'Leave one of the two out.',
      });
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const source = { expr, file, args: readArguments(options) };
    const sizes = await imageSize(context, { name, source });
    if (diff !== undefined) {
      const before = await imageSize(context, { name: diff, source });
      const changes = sizeChanges(before, sizes);
      if (options.json) return terminal.print(JSON.stringify({ before: before.bytes, after: sizes.bytes, changes }));
      return printChanges(terminal, before, sizes, changes);
    }
    if (svg !== undefined) {
      const { treemap } = await import('../../api/treemap.ts');
      const { writeFileAtomic } = await import('../../system/files.ts');
      writeFileAtomic(resolve(svg), [Buffer.from(treemap(mapOf(sizes)))]);
    }
    if (options.json) return terminal.print(JSON.stringify(sizes));
    if (svg === undefined) printTree(terminal, sizes, { files: Boolean(options.files), all: Boolean(options.all) });
  },
};

/** A line of the tree. */
interface Entry {
  bytes: number;
  text: string;
  children: Entry[];
}

const storeName = (path: string): string => path.slice(path.lastIndexOf('/') + 1 + 33);

function entriesOf({ paths }: ImageSize, files: boolean): Entry[] {
  const fileEntries = (items: SizedPath['files']): Entry[] =>
    files ? items.map(({ path, bytes }) => ({ bytes, text: path === '' ? '.' : path, children: [] })) : [];
  return paths.map(({ path, bytes, why, packages, files: rest }): Entry => {
    const children = packages.map(
      (item): Entry => ({
        bytes: item.bytes,
        text: because(`${item.name} ${item.version}`, item.why),
        children: fileEntries(item.files),
      }),
    );
    const others = rest.reduce((sum, item) => sum + item.bytes, 0);
    if (packages.length > 0 && others > 0)
      children.push({ bytes: others, text: '(of no package, or of several)', children: fileEntries(rest) });
    const text = because(storeName(path), why.map(storeName));
    return { bytes, text, children: packages.length > 0 ? children.sort((a, b) => b.bytes - a.bytes) : fileEntries(rest) };
  });
}

/** `why` ends with what the text is about. */
function because(text: string, why: readonly string[]): string {
  return [text, ...why.slice(0, -1).reverse()].join(' ← ');
}

/** Entries of less than this part of the whole are summed up. */
const SMALL = 1 / 200;

function printTree(terminal: Terminal, sizes: ImageSize, { files, all }: { files: boolean; all: boolean }): void {
  const { bytes, image, path } = sizes;
  const least = all ? 0 : bytes * SMALL;
  const row = (size: number, text: string): void => {
    const part = bytes > 0 ? `${((100 * size) / bytes).toFixed(1)} %` : '';
    terminal.print(`${formatBytes(size).padStart(10)} ${part.padStart(7)}  ${visibleLine(text)}`);
  };
  const below = (entries: readonly Entry[], margin: string): void => {
    const shown = entries.filter((entry) => entry.bytes >= least);
    const hidden = entries.length - shown.length;
    const last = shown.length - (hidden > 0 ? 0 : 1);
    shown.forEach((entry, n) => {
      row(entry.bytes, `${margin}${n === last ? '└── ' : '├── '}${entry.text}`);
      below(entry.children, margin + (n === last ? '    ' : '│   '));
    });
    if (hidden === 0) return;
    const rest = entries.filter((entry) => entry.bytes < least).reduce((sum, entry) => sum + entry.bytes, 0);
    row(rest, `${margin}└── ${hidden} smaller`);
  };
  row(bytes, storeName(path));
  below(entriesOf(sizes, files), '');
  if (image)
    terminal.print(
      `${formatBytes(image.bytes).padStart(10)}          ${visibleLine(image.name)} on its disk, with the file system's own tables`,
    );
}

function printChanges(terminal: Terminal, before: ImageSize, after: ImageSize, changes: readonly SizeChange[]): void {
  const row = (change: number, text: string): void => {
    terminal.print(`${`${change < 0 ? '-' : '+'}${formatBytes(Math.abs(change))}`.padStart(11)}  ${visibleLine(text)}`);
  };
  for (const { name, before: old, after: now } of changes) {
    const how = old === 0 ? 'new' : now === 0 ? 'gone' : `${formatBytes(old)} → ${formatBytes(now)}`;
    row(now - old, `${name}  (${how})`);
  }
  row(after.bytes - before.bytes, `in all: ${formatBytes(before.bytes)} → ${formatBytes(after.bytes)}`);
}

function mapOf({ path, bytes, paths }: ImageSize): TreemapItem {
  const leaf = (name: string, size: number): TreemapItem => ({ name, bytes: size, note: formatBytes(size), children: [] });
  return {
    name: storeName(path),
    bytes,
    note: formatBytes(bytes),
    children: paths.map((item) => ({
      name: storeName(item.path),
      bytes: item.bytes,
      note: `${formatBytes(item.bytes)}\n${item.why.map(storeName).join(' → ')}`,
      children: [
        ...item.packages.map(({ name, version, bytes: size, why, files }) => ({
          ...leaf(name, size),
          note: `${version}\n${formatBytes(size)}\n${why.join(' → ')}`,
          children: files.map((file) => leaf(file.path, file.bytes)),
        })),
        ...item.files.map((file) => leaf(file.path, file.bytes)),
      ],
    })),
  };
}
