/** `bootflake doctor`: every finding is tested, not assumed. */
import { BootflakeError } from '../base/errors.ts';
import { outputOfProgram } from '../system/child-process.ts';
import { availableMemory, canWrite, findOnPath, freeBytesAt, hostDescription, userNamespacesWork } from '../system/machine-facts.ts';
import type { Qemu } from '../vm/find-qemu.ts';

export interface Finding {
  name: string;
  ok: boolean;
  /** Without it the main job fails. */
  needed: boolean;
  finding: string;
  advice?: string;
}

export interface DoctorOptions {
  mirror?: string | undefined;
  securityMirror?: string | undefined;
  signal: AbortSignal;
}

/** Milliseconds that `--version` may take. */
const VERSION_PATIENCE = 10_000;
const GiB = 2 ** 30;

export async function examineMachine(options: DoctorOptions): Promise<Finding[]> {
  return [
    host(),
    node(),
    await git(),
    await storeRoom(),
    await memory(),
    namespaces(),
    await sandbox(),
    await qemu(),
    await accelerator(),
    ...(await mirrors(options)),
  ];
}

function host(): Finding {
  return { name: 'host', ok: true, needed: false, finding: hostDescription() };
}

function node(): Finding {
  // As in package.json; AbortSignal.any is the newest that is used.
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 3);
  return { name: 'node', ok, needed: true, finding: process.versions.node, ...(!ok && { advice: 'Install Node 20.3 or newer.' }) };
}

async function git(): Promise<Finding> {
  const path = findOnPath('git');
  return path
    ? { name: 'git', ok: true, needed: false, finding: `${path}, ${(await versionLine(path)) ?? 'does not run'}` }
    : {
        name: 'git',
        ok: false,
        needed: false,
        finding: 'not on PATH',
        advice: 'Install git, or use path: references: flakes in git repositories need it.',
      };
}

async function storeRoom(): Promise<Finding> {
  const { defaultStoreRoot } = await import('../store/root.ts');
  const root = defaultStoreRoot(process.env);
  const free = freeBytesAt(root);
  const ok = canWrite(root) && free > 1.5 * GiB;
  return {
    name: 'store',
    ok,
    needed: true,
    finding: `${root}, ${(free / GiB).toFixed(1)} GiB free`,
    ...(!ok && { advice: 'Make it writable and free 1.5 GiB, or set BOOTFLAKE_ROOT to another folder.' }),
  };
}

async function memory(): Promise<Finding> {
  const [{ defaultMemory }, { parseSize }] = await Promise.all([import('../vm/memory.ts'), import('../vm/size.ts')]);
  const bytes = availableMemory();
  // What qemu needs besides the guest's memory.
  const machine = parseSize(defaultMemory()) + 0.5 * GiB;
  const ok = bytes > 1.5 * GiB;
  return {
    name: 'memory',
    ok,
    needed: false,
    finding: `${(bytes / GiB).toFixed(1)} GiB available`,
    ...(bytes < machine && { advice: 'Run machines with less memory than the default: bootflake run -m 1G' }),
  };
}

function namespaces(): Finding {
  const works = userNamespacesWork();
  return {
    name: 'namespaces',
    ok: works === true,
    needed: false,
    finding: works === undefined ? 'not tested: unshare is not installed' : works ? 'user namespaces work' : 'user namespaces are refused',
    ...(works === false && { advice: 'Nothing to do for images of the Debian distribution, which do not need them.' }),
  };
}

async function sandbox(): Promise<Finding> {
  const { probeSandbox } = await import('../jail/probe.ts');
  const { works, finding, advice } = await probeSandbox(process.env.PATH ?? '');
  return { name: 'sandbox', ok: works, needed: false, finding, ...(advice !== undefined && { advice }) };
}

async function qemu(): Promise<Finding> {
  const name = process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
  const path = findOnPath(name);
  return path
    ? { name: 'qemu', ok: true, needed: false, finding: `${path}, ${(await versionLine(path)) ?? 'does not run'}` }
    : {
        name: 'qemu',
        ok: false,
        needed: false,
        finding: `${name} is not on PATH`,
        advice: "Nothing to do: bootflake run fetches Debian's qemu into its own store.",
      };
}

async function accelerator(): Promise<Finding> {
  const name = 'accelerator';
  const advice = 'Nothing to do: machines run under TCG, which is slower.';
  const [{ nativeAccelerator, probeAccelerator }, { findQemu }, { stateDirectory }] = await Promise.all([
    import('../vm/accelerator.ts'),
    import('../vm/find-qemu.ts'),
    import('../system/state-directory.ts'),
  ]);
  const native = nativeAccelerator();
  if (!native) return { name, ok: false, needed: false, finding: 'this machine can only emulate x86-64', advice };
  let qemu: Qemu;
  try {
    qemu = await findQemu({ path: process.env.PATH });
  } catch {
    return {
      name,
      ok: false,
      needed: false,
      finding: `${native}: not tested, since there is no qemu on PATH to test it with`,
      advice: 'Nothing to do: bootflake run tests it with the qemu that it fetches.',
    };
  }
  const probe = await probeAccelerator(native, qemu, stateDirectory());
  return { name, ok: probe.works, needed: false, finding: `${native}: ${probe.finding}`, ...(!probe.works && { advice }) };
}

async function mirrors(options: DoctorOptions): Promise<Finding[]> {
  const [{ chooseMirrors }, { downloadBytes }, { closeConnections }, { httpSettings }, { readSettings }] = await Promise.all([
    import('../debian/mirrors.ts'),
    import('../system/http.ts'),
    import('../system/http-dispatchers.ts'),
    import('../system/network-settings.ts'),
    import('../settings/settings.ts'),
  ]);
  const { network } = readSettings({
    nixSettings: {},
    ...(options.mirror && { mirror: options.mirror }),
    ...(options.securityMirror && { securityMirror: options.securityMirror }),
  });
  const chosen = chooseMirrors(network);
  const tries = [
    { name: 'mirror', url: `${chosen.debian}/dists/trixie/InRelease`, origin: chosen.origin.debian },
    { name: 'security mirror', url: `${chosen.security}/dists/trixie-security/InRelease`, origin: chosen.origin.security },
  ];
  const findings = await Promise.all(
    tries.map(async ({ name, url, origin }): Promise<Finding> => {
      try {
        const { bytes } = await downloadBytes(url, { ...httpSettings(network), signal: options.signal });
        return { name, ok: true, needed: true, finding: `${url} responds (${bytes.length} bytes; chosen by ${origin})` };
      } catch (error) {
        const why = error instanceof BootflakeError ? error.message : String(error);
        return {
          name,
          ok: false,
          needed: true,
          finding: `${why} (chosen by ${origin})`,
          advice: 'Choose another with BOOTFLAKE_MIRROR and BOOTFLAKE_SECURITY_MIRROR.',
        };
      }
    }),
  );
  await closeConnections();
  return findings;
}

/** Returns the first line that a program prints for `--version`; undefined if it fails. */
async function versionLine(path: string): Promise<string | undefined> {
  return (await outputOfProgram([path, '--version'], VERSION_PATIENCE))?.split('\n')[0];
}
