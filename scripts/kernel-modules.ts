/**
 * Writes distro/pkgs/kernel-modules/SUITE.txt: the kernel modules that only Debian's generic kernel has. The arguments are the suite and
 * the unpacked packages of both kernels, which `bootflake build debian/SUITE#linuxPackages_cloud.kernel.deb` and `_generic` print.
 *
 *     npx tsx scripts/kernel-modules.ts trixie CLOUD GENERIC
 */
import { readdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

function moduleNames(kernel: string): Set<string> {
  const folders = ['usr/lib/modules', 'lib/modules'].map((folder) => join(kernel, folder)).filter((folder) => existsSync(folder));
  const names = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.ko(\.xz)?$/.test(path))
      .concat(
        readdirSync(folder).flatMap((version) => {
          const builtin = join(folder, version, 'modules.builtin');
          return existsSync(builtin) ? readFileSync(builtin, 'utf8').split('\n').filter(Boolean) : [];
        }),
      ),
  );
  return new Set(
    names.map((path) =>
      path
        .slice(path.lastIndexOf('/') + 1)
        .replace(/\.ko(\.xz)?$/, '')
        .replaceAll('-', '_'),
    ),
  );
}

const [suite, cloud, generic] = process.argv.slice(2);
if (suite === undefined || cloud === undefined || generic === undefined) throw new Error('usage: kernel-modules.ts SUITE CLOUD GENERIC');
const inCloud = moduleNames(cloud);
const lines = [...moduleNames(generic)].filter((name) => !inCloud.has(name)).sort();
const heading = `# Kernel modules of Debian ${suite} that linux-image-amd64 has and linux-image-cloud-amd64 lacks.`;
writeFileSync(`distro/pkgs/kernel-modules/${suite}.txt`, `${[heading, ...lines].join('\n')}\n`);
