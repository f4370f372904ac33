/** A host of machines for tests: a real sshd, with a program that plays qemu; and images of guests for it. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { shellQuote } from '../../src/base/shell-quote.ts';
import { findOnPath } from '../../src/system/machine-facts.ts';
import { startSshServer, type SshServer, type SshServerOptions } from '../support/ssh-server.ts';
import { workplace, type Outcome, type Workplace } from '../support/bootflake.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

export interface RemoteHost {
  server: SshServer;
  place: Workplace;
  /** `vm` with `--host`. */
  vm(args: string[], options?: Parameters<Workplace['bootflake']>[1]): Promise<Outcome>;
  /** A path below the folder that is ours there. */
  path(...names: string[]): string;
  close(): Promise<void>;
}

export async function startRemoteHost(options: Omit<SshServerOptions, 'path'> & { only?: string } = {}): Promise<RemoteHost> {
  const programs = scratchFolder();
  const command = shellQuote([process.execPath, resolve('test/remote/fake-qemu.mjs')]);
  // What has no machine is qemu's own.
  const real = findOnPath('qemu-system-x86_64');
  const bare = real === undefined ? 'exit 1' : `exec ${shellQuote([real])} "$@"`;
  writeFileSync(
    join(programs, 'qemu-system-x86_64'),
    `#!/bin/sh\ncase " $* " in *' -machine none '*) ${bare} ;; esac\nexec ${command} "$@"\n`,
  );
  chmodSync(join(programs, 'qemu-system-x86_64'), 0o755);
  const server = await startSshServer({ ...options, path: [programs, options.only ?? process.env.PATH].join(delimiter) });
  const place = workplace('remote');
  const environment = { NIX_SSHOPTS: server.env.NIX_SSHOPTS };
  const vm: RemoteHost['vm'] = ([command = '', ...args], o = {}) =>
    place.bootflake(['vm', command, ...args, '--host', server.address], {
      timeoutSeconds: 120,
      ...o,
      environment: { ...environment, ...o.environment },
    });
  return {
    server,
    place,
    vm,
    path: (...names) => join(server.home, '.local/state/bootflake/hosted', ...names),
    async close() {
      await vm(['rm', '--force', 'web']);
      await server.close();
      place.remove();
    },
  };
}

/** Bytes of an image's cluster. */
const cluster = 65_536;

/** An image with its facts, as a build makes it: `changed` clusters of it depend on the guest's kind. */
export function imageOf(
  folder: string,
  guest: string,
  {
    clusters = 64,
    state = true,
    health = true,
    changed = 1,
    word = '',
  }: { clusters?: number; state?: boolean; health?: boolean; changed?: number; word?: string } = {},
): string {
  mkdirSync(join(folder, 'nix-support'), { recursive: true });
  const bytes = Buffer.alloc(256 * cluster);
  for (let n = 0; n < clusters; n++) noise(n < changed ? `${guest} ${word} ${n}` : String(n)).copy(bytes, (n + 2) * cluster);
  bytes.write(`GUEST=${guest};${word}`, 2 * cluster);
  bytes.set([0x55, 0xaa], 510);
  writeFileSync(join(folder, 'nixos.raw'), bytes);
  const kept = { size: '1G', mountPoint: '/state', directories: ['/var'], files: [], guestShell: false };
  writeFileSync(
    join(folder, 'nix-support/machine.json'),
    JSON.stringify({ users: ['tarn'], ...(health && { health }), ...(state && { state: kept }) }),
  );
  return folder;
}

/** Bytes that no packer makes smaller. */
function noise(seed: string): Buffer {
  const parts: Buffer[] = [];
  for (let n = 0; n < cluster / 32; n++) parts.push(createHash('sha256').update(`${seed} ${n}`).digest());
  return Buffer.concat(parts);
}
