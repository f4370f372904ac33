/**
 * builtin:tarball: the root of a container as an archive. Attributes are those of builtin:disk-image for its root (`toplevel`, `contents`,
 * `directories`, `links`, `additionalPaths`), `usr` (container-root.ts), `folder` (where the root is in the archive), `beside` (files
 * beside it: { source, target }), `compression` and `fileName`.
 */
import { dirname, join } from 'node:path';
import { TreeTarWriter } from '../disk/tar/tree-tar.ts';
import { STORE_TIME } from '../store/canonical-files.ts';
import { closeFileSources } from '../system/file-source.ts';
import { diskUsage } from '../tree/disk-usage.ts';
import { directory, type DirectoryNode } from '../tree/file-tree.ts';
import { BadPath, pathParts, placeNode } from '../tree/place.ts';
import { attributeError, contentsAttribute, stringAttribute, type Attributes } from './attributes.ts';
import { makeDirectory } from './build-output.ts';
import type { BuildContext, BuiltinBuilder } from './builder.ts';
import { containerRoot } from './image/container-root.ts';
import { ImageFile } from './image/image-file.ts';
import { placeContents } from './image/place-contents.ts';
import { fileStream, tarCompressions, type TarCompression } from './image/tar-stream.ts';
import { writePlan } from './image/write-plan.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

export const tarball: BuiltinBuilder = {
  name: 'tarball',
  async run(context) {
    const { attrs } = context;
    const compression = readCompression(attrs);
    const fileName = readPath(attrs, 'fileName');
    const folder = attrs.folder === undefined || attrs.folder === '' ? '' : readPath(attrs, 'folder');
    const { root } = await containerRoot(context);
    const whole = folder === '' ? root : directory();
    if (folder !== '') placeNode(whole, folder, root);
    placeBeside(context, whole);
    const out = outputFile(context);
    const path = join(out, fileName);
    makeDirectory(out);
    for (const parent of parentsOf(fileName)) makeDirectory(join(out, parent));
    await writeTar(context, whole, path, compression);
    return { outputs: { out: { references: [] } } };
  },
};

async function writeTar(context: BuildContext, root: DirectoryNode, path: string, compression: TarCompression): Promise<void> {
  const file = new ImageFile(path, 0);
  const stream = fileStream(file, compression, context.cores);
  const writer = new TreeTarWriter(stream, STORE_TIME);
  const plan = { extents: [{ length: diskUsage(root, new Set()) }], write: () => writer.entries(root) };
  const { drvPath: id, progress, signal } = context;
  try {
    await writePlan(plan, stream, { id, activity: 'writing the archive', progress, signal }, () => stream.settle());
    writer.end();
    await stream.end();
  } finally {
    stream.close();
    file.close();
    closeFileSources();
  }
}

function readCompression(attrs: Attributes): TarCompression {
  const value = stringAttribute(attrs, 'compression');
  const found = tarCompressions.find((one) => one === value);
  if (!found) throw attributeError('compression', tarCompressions.map((one) => `"${one}"`).join(', '), value);
  return found;
}

/** A relative path below the output, or in the archive. */
function readPath(attrs: Attributes, name: string): string {
  const value = stringAttribute(attrs, name);
  try {
    const parts = pathParts(value);
    if (parts.length > 0) return parts.join('/');
  } catch (error) {
    if (!(error instanceof BadPath)) throw error;
  }
  throw attributeError(name, 'a relative path', value);
}

function parentsOf(path: string): string[] {
  const above = dirname(path);
  return above === '.' ? [] : [...parentsOf(above), above];
}

function placeBeside(context: BuildContext, whole: DirectoryNode): void {
  const files = new InputFiles(context);
  const items = contentsAttribute(context.attrs, 'beside').map((item) => ({ ...item, target: readPath({ ...item }, 'target') }));
  placeContents(whole, 'beside', items, ({ source }) => files.scan(source, new Map()));
}
