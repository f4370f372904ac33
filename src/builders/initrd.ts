/**
 * builtin:initrd: an initramfs of busybox, a script and the requested kernel modules with their dependencies.
 * Inside: /init, /bin/busybox, /modules/NAME.ko, and two lists for the script, /modules/load (attribute `modules`) and
 * /modules/available (`availableModules`). Each line is a module's name, then the files to load for it, its dependencies first;
 * a module that is built into the kernel has no files.
 */
import { directory, file, type FileNode } from '../tree/file-tree.ts';
import { BootflakeError } from '../base/errors.ts';
import { placeNode } from '../tree/place.ts';
import type { BuiltinBuilder } from './builder.ts';
import { InputFiles } from './input-files.ts';
import { placeExtraFiles } from './initrd/extra-files.ts';
import { moduleClosure, type ModuleLine } from './initrd/module-closure.ts';
import { moduleRequest, openModules } from './initrd/open-modules.ts';
import { writeInitrd } from './initrd/write-initrd.ts';
import { stringAttribute } from './attributes.ts';

export const initrd: BuiltinBuilder = {
  name: 'initrd',
  async run(context) {
    const attrs = context.attrs;
    const files = new InputFiles(context);
    const folder = openModules(files, stringAttribute(attrs, 'kernel'), stringAttribute(attrs, 'kernelVersion'));
    const modules = moduleClosure(folder, moduleRequest(attrs), context.log);
    const root = directory([['init', file(stringAttribute(attrs, 'init'), 0o755)]]);
    placeNode(root, 'bin/busybox', executable(files.file(busyboxFile(files, stringAttribute(attrs, 'busybox')))));
    for (const [name, bytes] of modules.contents) placeNode(root, `modules/${name}.ko`, file(bytes, 0o444));
    placeNode(root, 'modules/load', file(lines(modules.load), 0o444));
    placeNode(root, 'modules/available', file(lines(modules.available), 0o444));
    placeExtraFiles(attrs, root, files);
    await writeInitrd(context, files, root, 'gzip');
    return { outputs: { out: { references: [] } } };
  },
};

function lines(modules: ModuleLine[]): string {
  return modules.map(({ name, order }) => `${[name, ...order.map((file) => `${file}.ko`)].join(' ')}\n`).join('');
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
