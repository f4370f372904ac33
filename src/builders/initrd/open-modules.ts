/** The kernel modules of an initrd: the attributes that name them, and the package that has them. */
import { BootflakeError } from '../../base/errors.ts';
import { gunzipBounded, unxz } from '../../debian/xz.ts';
import { isFileName } from '../../tree/file-name.ts';
import { attributeError, type Attributes } from '../attributes.ts';
import type { InputFiles } from '../input-files.ts';
import { findModulesFolder, listBuiltinModules, listModuleFiles, moduleVersions } from './kernel-modules.ts';
import type { ModuleFolder, ModuleRequest } from './module-closure.ts';
import { moduleName } from './module-info.ts';

/** The attributes `modules`, `availableModules` and `laterModules`. */
export function moduleRequest(attrs: Attributes): ModuleRequest {
  return {
    load: moduleNames(attrs, 'modules'),
    available: moduleNames(attrs, 'availableModules'),
    later: moduleNames(attrs, 'laterModules'),
  };
}

/** Each becomes a word in the script's lists. */
function moduleNames(attrs: Attributes, name: string): string[] {
  const value: unknown = attrs[name] ?? [];
  const isName = (item: unknown): item is string => typeof item === 'string' && /^[\w.+-]+$/.test(item);
  if (!Array.isArray(value) || !value.every(isName)) throw attributeError(name, 'a list of names of kernel modules', value);
  return value;
}

/** Opens the folder of modules of kernel `version` in the package `kernel`. Throws `initrd/no-modules`. */
export function openModules(inputs: InputFiles, kernel: string, version: string): ModuleFolder {
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
