import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** `lib/modules/VERSION` below `root`, wherever a Debian kernel package of its suite has it; undefined when neither is there. */
export function findModulesFolder(root: string, version: string): string | undefined {
  return ['usr/lib/modules', 'lib/modules'].map((folder) => `${root}/${folder}/${version}`).find((path) => existsSync(path));
}

/** Kernel versions that the package has modules for. */
export function moduleVersions(root: string): string[] {
  return ['usr/lib/modules', 'lib/modules'].map((folder) => `${root}/${folder}`).filter((path) => existsSync(path)).flatMap((path) => readdirSync(path));
}

/** Module files below the folder, as paths from it, sorted. */
export function listModuleFiles(folder: string): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(`${folder}/${path}`, { withFileTypes: true })) {
      if (entry.isDirectory()) visit(`${path}${entry.name}/`);
      else if (/\.ko(\.(xz|gz|zst))?$/.test(entry.name)) found.push(path + entry.name);
    }
  };
  visit('');
  return found.sort();
}

/** Names of what is built in, from `modules.builtin`; none when the package lacks it. */
export function listBuiltinModules(folder: string): string[] {
  const path = `${folder}/modules.builtin`;
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => line.slice(line.lastIndexOf('/') + 1).replace(/\.ko$/, ''));
}

export function readModuleFile(folder: string, path: string): Buffer {
  return readFileSync(`${folder}/${path}`);
}
