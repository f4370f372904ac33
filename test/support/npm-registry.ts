import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface Manifest {
  name: string;
  version: string;
  bin?: Record<string, string>;
  scripts?: Record<string, string>;
}

export interface NpmRegistry {
  /** The base of the packages' URLs. */
  url: string;
  /** The packages by name. */
  packages: Map<string, { manifest: Manifest; resolved: string; integrity: string; archive: Buffer }>;
  /** The paths that were asked for, in order. */
  requests: string[];
  close(): void;
}

/** Serves the packages in the folders of `folder` on a port of its own. */
export async function npmRegistry(folder: string): Promise<NpmRegistry> {
  const archives = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    requests.push(path);
    const archive = archives.get(path);
    response.writeHead(archive ? 200 : 404).end(archive);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const packages: NpmRegistry['packages'] = new Map();
  for (const name of readdirSync(folder)) {
    const manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as Manifest;
    const options = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', `--transform=s/^${name}/package/`];
    const archive = execFileSync('tar', [...options, '-C', folder, '-I', 'gzip -n', '-c', name]);
    const path = `/${manifest.name}/-/${name}-${manifest.version}.tgz`;
    archives.set(path, archive);
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
    packages.set(manifest.name, { manifest, resolved: url + path, integrity, archive });
  }
  return {
    url,
    packages,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The lock file of a package whose dependencies are all those of the registry. `root`: its package.json. */
export function lockFile(registry: NpmRegistry, root: { name: string; version: string; devDependencies?: Record<string, string> }): string {
  const packages: Record<string, unknown> = { '': root };
  for (const [name, { manifest, resolved, integrity }] of registry.packages)
    packages[`node_modules/${name}`] = {
      version: manifest.version,
      resolved,
      integrity,
      ...(root.devDependencies?.[name] !== undefined && { dev: true }),
      ...(manifest.bin && { bin: manifest.bin }),
      ...(manifest.scripts && { hasInstallScript: true }),
    };
  return `${JSON.stringify({ name: root.name, version: root.version, lockfileVersion: 3, requires: true, packages }, null, 2)}\n`;
}
