/** What a host of machines has, from one look at it: the programs and firmware there, whether KVM works, memory, space. */
import { singleQuoted } from '../base/shell-quote.ts';
import { parseQemuVersion, type QemuVersion } from '../vm/emulation.ts';
import { firmwarePlaces } from '../vm/firmware.ts';
import { probeExitPort, probeExitValue, probeRom } from '../vm/probe-guest.ts';
import type { SshHost } from './ssh-host.ts';

export type HostPrograms = Partial<Record<(typeof programs)[number], string>>;

export interface HostProbe {
  /** Paths. */
  programs: HostPrograms;
  qemuVersion: QemuVersion | undefined;
  /** qemu's version as it says it. */
  qemuText: string;
  /** `works`, or why not, in words. */
  kvm: string;
  cores: number;
  hostName: string;
  /** Bytes. */
  memory: { installed: number; available: number };
  /** Bytes that the user may still write where machines are. */
  freeBytes: number;
  /** Paths of firmware that are there. */
  firmware: ReadonlySet<string>;
  bridgeHelper: string | undefined;
  /** The user's own systemd can be used, and starts with the host. */
  systemd: 'lingers' | 'at login' | 'no';
}

const programs = [
  'qemu-system-x86_64',
  'qemu-img',
  'swtpm',
  'zstd',
  'gzip',
  'curl',
  'flock',
  'sha256sum',
  'setsid',
  'virsh',
  'qm',
  'crontab',
] as const;
const helpers = ['/usr/lib/qemu', '/usr/libexec', '/usr/local/libexec'].map((folder) => `${folder}/qemu-bridge-helper`);

const programsScript = `PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
for each in ${programs.join(' ')}; do
  if path=$(command -v "$each"); then echo "program $each $path"; fi
done
`;

const script = (
  firmware: readonly string[],
): string => `${programsScript}echo "version $(qemu-system-x86_64 --version 2>/dev/null | head -n 1)"
if ! [ -e /dev/kvm ]; then echo 'kvm there is no /dev/kvm'
elif ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ]; then echo 'kvm /dev/kvm may not be opened by this user (who is in the group kvm may)'
else echo 'kvm opens'; fi
echo "cores $(nproc)"
echo "name $(uname -n)"
while read -r key value rest; do
  case $key in MemTotal:) echo "installed $value" ;; MemAvailable:) echo "available $value" ;; esac
done < /proc/meminfo
echo "free $(df -Pk "$1" | tail -n 1 | { read -r a b c d rest; echo "$d"; })"
for each in ${firmware.map(singleQuoted).join(' ')}; do if [ -r "$each" ]; then echo "firmware $each"; fi; done
for each in ${helpers.join(' ')}; do if [ -x "$each" ]; then echo "helper $each"; fi; done
if systemctl --user show-environment >/dev/null 2>&1; then
  linger=$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)
  if [ "$linger" = yes ]; then echo 'systemd lingers'; else echo 'systemd at login'; fi
else echo 'systemd no'; fi
echo "boot $(cat /proc/sys/kernel/random/boot_id)"
`;

/** The values of a key in lines `KEY VALUE`. */
type Values = (key: string) => string[];

function valuesIn(output: Buffer): Values {
  const lines = output
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(/ (.*)/s));
  return (key) => lines.flatMap(([name, value]) => (name === key && value !== undefined ? [value] : []));
}

function programsIn(all: Values): HostPrograms {
  const found: HostPrograms = {};
  for (const line of all('program')) {
    const [name, path] = line.split(/ (.*)/s);
    const known = programs.find((each) => each === name);
    if (known && path?.startsWith('/')) found[known] = path;
  }
  return found;
}

/** Changes nothing there. Throws `remote/failed`, `remote/connection-lost`. */
export async function findPrograms(host: SshHost): Promise<HostPrograms> {
  return programsIn(valuesIn((await host.do(programsScript)).output));
}

/** Makes the host's folder. Throws `remote/failed`, `remote/connection-lost`. */
export async function probeHost(host: SshHost): Promise<HostProbe> {
  await host.makeFolder(host.folder);
  const { output } = await host.do(script(firmwarePlaces), [host.folder]);
  const all = valuesIn(output);
  const one = (key: string): string => all(key)[0] ?? '';
  const found = programsIn(all);
  const qemu = found['qemu-system-x86_64'];
  const opens = one('kvm') === 'opens';
  return {
    programs: found,
    qemuVersion: parseQemuVersion(one('version')),
    qemuText: one('version'),
    kvm: opens && qemu !== undefined ? await testKvm(host, qemu, one('boot')) : one('kvm'),
    hostName: one('name'),
    cores: Math.max(1, Number(one('cores')) || 1),
    memory: { installed: Number(one('installed')) * 1024, available: Number(one('available')) * 1024 },
    freeBytes: Number(one('free')) * 1024,
    firmware: new Set(all('firmware')),
    bridgeHelper: all('helper')[0],
    systemd: (['lingers', 'at login', 'no'] as const).find((each) => each === one('systemd')) ?? 'no',
  };
}

/** A device that opens and then hangs its guest for ever is common (nested virtualisation): see accelerator.ts. Once for each boot. */
async function testKvm(host: SshHost, qemu: string, boot: string): Promise<string> {
  const known = `${host.folder}/kvm`;
  const text = Buffer.from((await host.readBytes(known)) ?? '').toString('utf8');
  const [noted, finding] = text.split('\n');
  if (noted === `${boot} ${qemu}` && finding !== undefined) return finding;
  const rom = `${host.folder}/kvm.rom`;
  await host.write(rom, probeRom());
  const args = '-accel kvm -cpu host -machine pc -m 16M -nodefaults -display none -no-reboot';
  const { status, errors } = await host.do(
    `timeout -s KILL 5 "$1" ${args} -bios "$2" -device isa-debug-exit,iobase=${probeExitPort},iosize=2 </dev/null >/dev/null`,
    [qemu, rom],
    'any',
  );
  await host.remove(rom);
  // isa-debug-exit ends qemu with (value << 1) | 1; a killed program has 128 and the signal.
  const works = status === ((probeExitValue << 1) | 1);
  const why =
    status === 137 ? 'it opens, but a small guest hung in it' : errors.split('\n')[0] || `the test guest ended with status ${status}`;
  const result = works ? 'works' : why;
  await host.write(known, Buffer.from(`${boot} ${qemu}\n${result}\n`));
  return result;
}
