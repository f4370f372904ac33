/** The machines with names of this host: a folder each. */
import fs from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { removeTree } from '../store/physical-tree.ts';
import { listNames } from '../system/file-operations.ts';
import { ownName, removeAbandoned } from '../vm/abandoned.ts';
import { checkInstanceName, isInstanceName } from './instance-name.ts';
import { Instance } from './instance.ts';
import { manifestName, writeManifest, type Manifest } from './manifest.ts';

/** Names of folders that are no machines. */
const prefixes = { made: '.new-', removed: '.removed-' } as const;

/** The machines of one folder. */
export class Instances {
  constructor(readonly folder: string) {}

  /** Sorted. */
  names(): string[] {
    return listNames(this.folder)
      .filter((name) => isInstanceName(name) && fs.existsSync(join(this.folder, name, manifestName)))
      .sort();
  }

  /** Throws `instance/bad-name`, `instance/missing`. */
  get(name: string): Instance {
    const folder = join(this.folder, checkInstanceName(name));
    if (fs.existsSync(join(folder, manifestName))) return new Instance(name, folder);
    const names = this.names();
    throw new BootflakeError({
      code: 'instance/missing',
      message: `there is no machine '${name}'`,
      hint: names.length > 0 ? `There are: ${names.slice(0, 20).join(', ')}.` : `Make it: bootflake vm create ${name} .#MACHINE`,
    });
  }

  /** Throws `instance/exists`, `instance/bad-name`. */
  requireFree(name: string): void {
    if (fs.existsSync(join(this.folder, checkInstanceName(name)))) throw this.nameTaken(name);
  }

  /** Makes a machine, complete or not at all: `fill` makes its disks in the folder. Throws `instance/exists`. */
  create(manifest: Omit<Manifest, 'schema'>, fill: (folder: string) => void): Instance {
    const folder = join(this.folder, checkInstanceName(manifest.name));
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.removeAbandoned();
    const scratch = fs.mkdtempSync(join(this.folder, ownName(prefixes.made)));
    try {
      fill(scratch);
      for (const name of listNames(scratch)) fs.chmodSync(join(scratch, name), 0o600);
      writeManifest(scratch, manifest);
      fs.renameSync(scratch, folder);
    } catch (error) {
      fs.rmSync(scratch, { recursive: true, force: true });
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ENOTEMPTY' || code === 'EEXIST' ? this.nameTaken(manifest.name) : error;
    }
    return new Instance(manifest.name, folder);
  }

  /** Removes a machine with its disks: from the first moment on, it is no longer one. */
  remove({ name, folder }: Instance): void {
    const aside = join(this.folder, `${ownName(prefixes.removed)}${name}`);
    fs.renameSync(folder, aside);
    removeTree(aside);
    this.removeAbandoned();
  }

  /** What was being made or removed when its bootflake was killed. */
  private removeAbandoned(): void {
    for (const prefix of Object.values(prefixes)) removeAbandoned(this.folder, prefix);
  }

  private nameTaken(name: string): BootflakeError {
    const folder = join(this.folder, name);
    if (fs.existsSync(join(folder, manifestName)))
      return new BootflakeError({
        code: 'instance/exists',
        message: `there is a machine '${name}' already`,
        hint: `Choose another name, or remove that one with its disks: bootflake vm rm ${name}`,
      });
    return new BootflakeError({
      code: 'instance/exists',
      message: `there is a folder '${folder}' already, which is no machine: it has no ${manifestName}`,
      hint: 'Choose another name, or remove that folder.',
    });
  }
}
