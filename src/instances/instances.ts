/** The machines with names of one host: a folder each. */
import { BootflakeError } from '../base/errors.ts';
import { besideName } from '../system/beside-name.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { abandonedNames, ownName } from '../vm/abandoned.ts';
import type { MachineHost } from './host/machine-host.ts';
import { localHost } from './host/this-host.ts';
import { checkInstanceName, isInstanceName } from './instance-name.ts';
import { Instance } from './instance.ts';
import { manifestName, writeManifest, type Manifest } from './manifest.ts';

/** Names of folders that are no machines. */
const prefixes = { made: '.new-', removed: '.removed-' } as const;

/** The machines of one folder. */
export class Instances {
  constructor(
    readonly folder: string,
    readonly host: MachineHost = localHost(),
  ) {}

  /** Sorted. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    for (const name of await this.host.listNames(this.folder)) if (isInstanceName(name) && (await this.hasManifest(name))) names.push(name);
    return names.sort();
  }

  /** Returns undefined where there is none. Throws `instance/bad-name`. */
  async find(name: string): Promise<Instance | undefined> {
    const isThere = await this.hasManifest(checkInstanceName(name));
    return isThere ? new Instance(name, `${this.folder}/${name}`, this.host) : undefined;
  }

  /** Throws `instance/bad-name`, `instance/missing`. */
  async get(name: string): Promise<Instance> {
    const found = await this.find(name);
    if (found) return found;
    const names = await this.names();
    throw new BootflakeError({
      code: 'instance/missing',
      message: `there is no machine '${name}'${this.host.address === undefined ? '' : ` on ${this.host.address}`}`,
      hint: names.length > 0 ? `There are: ${names.slice(0, 20).join(', ')}.` : `Make it: bootflake vm create ${name} .#MACHINE`,
    });
  }

  /** Throws `instance/exists`, `instance/bad-name`. */
  async requireFree(name: string): Promise<void> {
    if ((await this.host.facts(`${this.folder}/${checkInstanceName(name)}`)) !== undefined) throw await this.nameTaken(name);
  }

  /** Makes a machine, complete or not at all: `fill` makes its disks in the folder. Throws `instance/exists`. */
  async create(manifest: Omit<Manifest, 'schema'>, fill: (folder: string) => Promise<void> | void): Promise<Instance> {
    const folder = `${this.folder}/${checkInstanceName(manifest.name)}`;
    await this.host.makeFolder(this.folder);
    await this.removeAbandoned();
    const scratch = besideName(`${this.folder}/${ownName(prefixes.made)}${manifest.name}`, 'new');
    await this.host.removeTree(scratch);
    await this.host.makeFolder(scratch);
    try {
      await fill(scratch);
      await writeManifest(this.host, scratch, manifest);
      await this.requireFree(manifest.name);
      await this.host.rename(scratch, folder);
    } catch (error) {
      await this.host.removeTree(scratch);
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ENOTEMPTY' || code === 'EEXIST' ? await this.nameTaken(manifest.name) : error;
    }
    return new Instance(manifest.name, folder, this.host);
  }

  /** Removes a machine with its disks: from the first moment on, it is no longer one. */
  async remove({ name, folder }: Instance): Promise<void> {
    const aside = `${this.folder}/${ownName(prefixes.removed)}${name}`;
    await this.host.rename(folder, aside);
    await this.host.removeTree(aside);
    await this.removeAbandoned();
  }

  /** What was being made or removed when its bootflake was killed. Of a remote host, whose processes are not known, what is a day old. */
  private async removeAbandoned(): Promise<void> {
    const names = await this.host.listNames(this.folder);
    for (const prefix of Object.values(prefixes))
      for (const name of abandonedNames(names, prefix))
        if (this.host.address === undefined || (await this.isOld(name))) await this.host.removeTree(`${this.folder}/${name}`);
  }

  private async isOld(name: string): Promise<boolean> {
    const facts = await this.host.facts(`${this.folder}/${name}`);
    return facts !== undefined && wallClockSeconds() - facts.changedMs / 1000 > 86_400;
  }

  private async hasManifest(name: string): Promise<boolean> {
    return (await this.host.facts(`${this.folder}/${name}/${manifestName}`)) !== undefined;
  }

  private async nameTaken(name: string): Promise<BootflakeError> {
    if (await this.hasManifest(name))
      return new BootflakeError({
        code: 'instance/exists',
        message: `there is a machine '${name}' already`,
        hint: `Choose another name, or remove that one with its disks: ${new Instance(name, '', this.host).command('rm')}`,
      });
    return new BootflakeError({
      code: 'instance/exists',
      message: `there is a folder '${this.folder}/${name}' already, which is no machine: it has no ${manifestName}`,
      hint: 'Choose another name, or remove that folder.',
    });
  }
}
