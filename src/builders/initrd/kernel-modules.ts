import type { InputFiles } from '../input-files.ts';

/** Finds `lib/modules/VERSION` of a kernel's package, in either place that suites use; returns undefined when neither exists. */
export function findModulesFolder(files: InputFiles, kernel: string, version: string): string | undefined {
  return foldersOf(kernel)
    .map((folder) => `${folder}/${version}`)
    .find((path) => files.isFolder(path));
}

/** Kernel versions that the package has modules for. */
export function moduleVersions(files: InputFiles, kernel: string): string[] {
  return foldersOf(kernel).flatMap((folder) => files.names(folder));
}

function foldersOf(kernel: string): string[] {
  return ['usr/lib/modules', 'lib/modules'].map((folder) => `${kernel}/${folder}`);
}

/** Module files below the folder, as paths from it, sorted. */
export function listModuleFiles(files: InputFiles, folder: string): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const { name, type } of files.entries(`${folder}/${path}`)) {
      if (type === 'directory') visit(`${path}${name}/`);
      else if (/\.ko(\.(xz|gz|zst))?$/.test(name)) found.push(path + name);
    }
  };
  visit('');
  return found.sort();
}

/** Names of built-in modules from `modules.builtin`; none when the package lacks it. */
export function listBuiltinModules(files: InputFiles, folder: string): string[] {
  const text = files.text(`${folder}/modules.builtin`) ?? '';
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.slice(line.lastIndexOf('/') + 1).replace(/\.ko$/, ''));
}
