/** `bootflake doctor --host`: what another host lacks for machines, each with the command that mends it. */
import type { HostProbe } from '../remote/probe-host.ts';
import type { Finding } from './doctor.ts';

const GiB = 2 ** 30;

/** `address`: `ssh://user@host`. */
export function remoteFindings(address: string, probe: HostProbe): Finding[] {
  const { programs, qemuText, kvm, cores, memory, freeBytes, firmware, systemd, hostName } = probe;
  const qemu = programs['qemu-system-x86_64'];
  const gigabytes = (bytes: number): string => `${(bytes / GiB).toFixed(1)} GiB`;
  const install = (names: string): string => `Install it there (Debian, Ubuntu): sudo apt install ${names}`;
  const program = (name: keyof HostProbe['programs'], use: string, names: string, needed = false): Finding => {
    const path = programs[name];
    return {
      name,
      ok: path !== undefined,
      needed,
      finding: path ?? `not there: ${use}`,
      ...(path === undefined && { advice: install(names) }),
    };
  };
  return [
    { name: 'host', ok: true, needed: false, finding: `${address}: ${hostName}, Linux x86_64, ${cores} cores` },
    {
      name: 'qemu',
      ok: qemu !== undefined,
      needed: true,
      finding: qemu === undefined ? 'not there' : `${qemu}, ${qemuText}`,
      ...(qemu === undefined && { advice: install('qemu-system-x86') }),
    },
    {
      name: 'KVM',
      ok: kvm === 'works',
      needed: false,
      finding: kvm === 'works' ? 'a test guest ran' : kvm,
      ...(/group kvm/.test(kvm) && { advice: 'Let the user in: sudo usermod -aG kvm USER, and log in anew.' }),
    },
    {
      name: 'memory',
      ok: memory.available >= GiB / 2,
      needed: false,
      finding: `${gigabytes(memory.available)} of ${gigabytes(memory.installed)} are available`,
    },
    { name: 'disk', ok: freeBytes >= GiB, needed: true, finding: `${gigabytes(freeBytes)} are free where machines are` },
    {
      name: 'UEFI',
      ok: firmware.size > 0,
      needed: false,
      finding: firmware.size > 0 ? [...firmware][0]! : 'not there: machines boot by BIOS',
      ...(firmware.size === 0 && { advice: install('ovmf') }),
    },
    program('flock', 'one command changes a machine at a time', 'util-linux', true),
    program('setsid', 'machines go on without a connection', 'util-linux', true),
    program('sha256sum', 'what was sent is compared', 'coreutils', true),
    program('zstd', 'transfers are larger', 'zstd'),
    program('curl', 'for deploy --url', 'curl'),
    program('swtpm', 'for machines with a TPM', 'swtpm'),
    {
      name: 'start with host',
      ok: systemd === 'lingers' || programs.crontab !== undefined,
      needed: false,
      finding:
        systemd === 'lingers'
          ? "by the user's systemd"
          : programs.crontab
            ? 'by cron'
            : systemd === 'at login'
              ? 'at the first login'
              : 'by hand',
      ...(systemd === 'at login' && { advice: 'Have it begin with the host: sudo loginctl enable-linger USER' }),
    },
  ];
}
