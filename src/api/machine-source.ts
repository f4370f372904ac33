/**
 * What machines of other hosts were made from, as this host knows it: their manifests are the other host's to write, and must not decide
 * what is built here, or which of our files are sent.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from '../instances/instance.ts';
import { makeDirectories, readText, removeEntry, writeBytes } from '../system/file-operations.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { visibleLine } from '../base/control-characters.ts';
import type { HostContext } from './host-context.ts';

/** Of one machine. */
const mostSources = 20;

function sourceFile({ env, host }: HostContext, name: string): string {
  const key = createHash('sha256').update(`${host?.host.address}\n${host?.host.folder}\n${name}`).digest('hex');
  return join(stateDirectory(env), 'sources', key.slice(0, 32));
}

/** Does nothing for a machine of this host. */
export function rememberSource(context: HostContext, name: string, source: string): void {
  if (!context.host) return;
  const file = sourceFile(context, name);
  makeDirectories(join(file, '..'), 0o700);
  // A roll-back leads to an earlier one.
  const others = knownSources(file).filter((each) => each !== source);
  writeBytes(file, Buffer.from([...others.slice(-mostSources), source].join('\0')));
}

function knownSources(file: string): string[] {
  return readText(file, 'utf8')?.split('\0') ?? [];
}

export function forgetSource(context: HostContext, name: string): void {
  if (context.host) removeEntry(sourceFile(context, name));
}

/** What an update without a target builds. Throws `remote/unknown-source` where another host alone says so. */
export async function sourceOfMachine(context: HostContext, instance: Instance): Promise<string> {
  const { source } = await instance.manifest();
  if (!context.host || knownSources(sourceFile(context, instance.name)).includes(source)) return source;
  throw new BootflakeError({
    code: 'remote/unknown-source',
    message:
      `the machine '${instance.name}' of ${context.host.host.address} was made or updated from elsewhere: ` +
      `its host says, from '${visibleLine(source)}'`,
    hint: `Name what it is updated to: bootflake vm update ${instance.name} .#MACHINE --host ${context.host.host.address}`,
  });
}
