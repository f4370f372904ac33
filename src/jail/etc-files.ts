/** The files of /etc in a sandbox, with the contents that Nix gives them. */
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readText } from '../system/file-operations.ts';
import { JAIL_GID, JAIL_UID, type JailDescription } from './description.ts';

/** Where the host keeps what name resolution needs. */
const fromHost = ['resolv.conf', 'services', 'hosts'];
/** An address that no network has, at which `pasta` passes queries on to the host's own resolver. */
export const FORWARDED_RESOLVER = '169.254.1.53';

/** Writes the files below `etc`, which is made. */
export function writeEtc(
  etc: string,
  description: Pick<JailDescription, 'network' | 'certificates' | 'buildDirectory' | 'distribution'>,
): void {
  const { network, certificates, buildDirectory } = description;
  makeOpenDirectory(etc);
  const files = new Map([
    [
      'passwd',
      `root:x:0:0:Nix build user:${buildDirectory}:/noshell\n` +
        `nixbld:x:${JAIL_UID}:${JAIL_GID}:Nix build user:${buildDirectory}:/noshell\n` +
        // The name that Linux gives to users it cannot show.
        'n\x6fbody:x:65534:65534:N\x6fbody:/:/noshell\n',
    ],
    ['group', `root:x:0:\nnixbld:!:${JAIL_GID}:\nnogroup:x:65534:\n`],
  ]);
  if (network === 'none') files.set('hosts', '127.0.0.1 localhost\n::1 localhost\n');
  else {
    files.set('nsswitch.conf', 'hosts: files dns\nservices: files\n');
    for (const name of fromHost) {
      const text = readText(`/etc/${name}`);
      if (text !== undefined) files.set(name, name === 'resolv.conf' && network === 'outside' ? reachableResolvers(text) : text);
    }
    const trusted = certificates === undefined ? undefined : readText(certificates);
    if (trusted !== undefined) {
      for (const name of ['ssl', 'ssl/certs']) makeOpenDirectory(`${etc}/${name}`);
      files.set('ssl/certs/ca-certificates.crt', trusted);
    }
  }
  for (const [name, text] of files) {
    writeFileSync(`${etc}/${name}`, text, 'latin1');
    chmodSync(`${etc}/${name}`, 0o644);
  }
  if (description.distribution) linkEtc(etc, description.distribution);
}

/** Links to a distribution's own files in /etc: alternatives, configuration of compilers. */
function linkEtc(etc: string, { source, path }: { source: string; path: string }): void {
  if (!existsSync(`${source}/etc`)) return;
  for (const name of readdirSync(`${source}/etc`)) if (!existsSync(`${etc}/${name}`)) symlinkSync(`${path}/etc/${name}`, `${etc}/${name}`);
}

/** Whatever the umask. */
function makeOpenDirectory(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}

/** Replaces resolvers on the host's loopback, which is not the sandbox's. */
function reachableResolvers(text: string): string {
  return text.replace(/^(nameserver\s+)(?:127\.[0-9.]+|::1)/gm, `$1${FORWARDED_RESOLVER}`);
}
