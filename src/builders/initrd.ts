/**
 * builtin:initrd: an initramfs of busybox, a script and the requested kernel modules with their dependencies.
 * Inside: /init, /bin/busybox, /modules/NAME.ko, and two lists for the script, /modules/load (attribute `modules`) and
 * /modules/available (`availableModules`). Each line is a module's name, then the files to load for it, its dependencies first;
 * a module that is built into the kernel has no files.
 */
import { gzipSync } from 'node:zlib';
import type { HardLinks } from '../system/read-tree.ts';
import { BootflakeError } from '../base/errors.ts';
import { encodeCpio } from '../disk/cpio/newc.ts';
import { makeDirectory, writeBytes } from './build-output.ts';
import { zstdCompressor } from './image/zstd.ts';
import { gunzipBounded, unxz } from '../debian/xz.ts';
import { directory, file, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';
import { isFileName, shownName } from '../tree/file-name.ts';
import { BadPath, placeNode } from '../tree/place.ts';
import type { BuiltinBuilder } from './builder.ts';
import { InputFiles } from './input-files.ts';
import { findModulesFolder, listBuiltinModules, listModuleFiles, moduleVersions } from './initrd/kernel-modules.ts';
import { moduleClosure, type ModuleFolder, type ModuleLine } from './initrd/module-closure.ts';
import { moduleName } from './initrd/module-info.ts';
import { outputFile } from './output-file.ts';
import { attributeError, isAttributes, stringAttribute, type Attributes } from './attributes.ts';

export const initrd: BuiltinBuilder = {
  name: 'initrd',
  async run(context) {
    const attrs = context.attrs;
    const files = new InputFiles(context);
    const folder = await openModules(files, stringAttribute(attrs, 'kernel'), stringAttribute(attrs, 'kernelVersion'));
    const modules = moduleClosure(
      folder,
      { load: moduleNames(attrs, 'modules'), available: moduleNames(attrs, 'availableModules') },
      context.log,
    );
    const root = directory([['init', file(stringAttribute(attrs, 'init'), 0o755)]]);
    placeNode(root, 'bin/busybox', executable(files.file(busyboxFile(files, stringAttribute(attrs, 'busybox')))));
    for (const [name, bytes] of modules.contents) placeNode(root, `modules/${name}.ko`, file(bytes, 0o444));
    placeNode(root, 'modules/load', file(lines(modules.load), 0o444));
    placeNode(root, 'modules/available', file(lines(modules.available), 0o444));
    placeExtraFiles(attrs, root, files);
    const out = outputFile(context);
    makeDirectory(out);
    writeBytes(`${out}/initrd`, await compress(encodeCpio(root), attrs.compressor ?? 'gzip'));
    return { outputs: { out: { references: [] } } };
  },
};

function lines(modules: ModuleLine[]): string {
  return modules.map(({ name, order }) => `${[name, ...order.map((file) => `${file}.ko`)].join(' ')}\n`).join('');
}

/** Each becomes a word in the script's lists. */
function moduleNames(attrs: Attributes, name: string): string[] {
  const value: unknown = attrs[name] ?? [];
  const isName = (item: unknown): item is string => typeof item === 'string' && /^[\w.+-]+$/.test(item);
  if (!Array.isArray(value) || !value.every(isName)) throw attributeError(name, 'a list of names of kernel modules', value);
  return value;
}

async function openModules(inputs: InputFiles, kernel: string, version: string): Promise<ModuleFolder> {
  if (!isFileName(version)) throw attributeError('kernelVersion', "the name of a folder of the kernel's modules", version);
  const folder = findModulesFolder(inputs, kernel, version);
  if (folder === undefined) {
    throw new BootflakeError({
      code: 'initrd/no-modules',
      message: `${kernel} has no modules of kernel ${version}`,
      hint: `Set kernelVersion to one that it has modules for: ${moduleVersions(inputs, kernel).join(', ') || 'none'}`,
    });
  }
  const files = new Map(
    listModuleFiles(inputs, folder).map((path) => [moduleName(path.slice(path.lastIndexOf('/') + 1).replace(/\.ko.*$/, '')), path]),
  );
  return {
    version,
    files,
    builtin: new Set(listBuiltinModules(inputs, folder).map(moduleName)),
    read(path) {
      const bytes = inputs.bytes(`${folder}/${path}`);
      if (bytes === undefined) throw new BootflakeError({ code: 'initrd/bad-module', message: `${folder}/${path} is not a file` });
      if (path.endsWith('.xz')) return unxz(bytes);
      if (path.endsWith('.gz')) return gunzipBounded(bytes);
      if (path.endsWith('.ko')) return bytes;
      throw new BootflakeError({ code: 'initrd/bad-module', message: `${path} is compressed in a way that is not known here` });
    },
  };
}

/** The attribute may name the program or a package that has it. */
function busyboxFile(files: InputFiles, path: string): string {
  const found = [path, `${path}/usr/bin/busybox`, `${path}/bin/busybox`].find((file) => files.isFile(file));
  if (!found)
    throw new BootflakeError({
      code: 'initrd/no-busybox',
      message: `there is no busybox at ${path}`,
      hint: 'Set busybox to the package busybox-static, or to the path of its program.',
    });
  return found;
}

function executable(node: FileNode): FileNode {
  return { ...node, mode: 0o555 };
}

/** Path in the initrd to source: a store path or a path below one. */
function placeExtraFiles(attrs: Attributes, root: DirectoryNode, files: InputFiles): void {
  const hardLinks: HardLinks = new Map();
  const extra = attrs.extraFiles ?? {};
  if (!isAttributes(extra)) throw attributeError('extraFiles', 'a set of paths in the initrd and their sources', extra);
  for (const [path, source] of Object.entries(extra)) {
    if (typeof source !== 'string') throw attributeError(`extraFiles."${path}"`, 'a path', source);
    try {
      placeNode(root, path, files.scan(source, hardLinks));
    } catch (error) {
      if (!(error instanceof BadPath)) throw error;
      throw new BootflakeError({
        code: 'initrd/bad-path',
        message: `nothing can be put at ${shownName(path)} of the initrd: ${error.message}`,
        cause: error,
      });
    }
  }
}

async function compress(cpio: Buffer, compressor: unknown): Promise<Uint8Array> {
  if (compressor === 'gzip') return gzipSync(cpio, { level: 6 });
  if (compressor === 'zstd') return (await zstdCompressor())(cpio, 9);
  if (compressor === 'none' || compressor === 'cat') return cpio;
  throw attributeError('compressor', '"gzip", "zstd" or "none"', compressor);
}
