/** qemu's arguments, a device at a time; all together are the machine of a `MachineDescription`. */
import type { FirmwareFiles } from './firmware.ts';
import type { PortForward } from './forward.ts';
import { CREDENTIALS, type Secret } from './secrets.ts';
import { parseSize } from './size.ts';

/** qemu's name of the device that reports the terminal's size to the guest. */
export const sizePort = 'console-size';

export type Accelerator = 'kvm' | 'hvf' | 'tcg';

/** A channel of the machine: a descriptor that qemu inherits, or a Unix socket on which it listens for one client at a time. */
export type Channel = { socket: number } | { listen: string };

/** A file that what the guest writes is appended to. */
export type PortChannel = Channel | { append: string };

/** A console without a client: what the guest prints is appended to the file; `PATH.in` is a FIFO for its input, `PATH.out` a sink. */
export interface LoggedConsole {
  logFile: string;
  pipes: string;
}

/** A port of virtio-serial; the guest finds it as /dev/virtio-ports/NAME. */
export interface GuestPort {
  /** qemu's name of the device. */
  id: string;
  name: string;
  channel: PortChannel;
}

export interface MachineDescription {
  name: string;
  /** As in qemu's -m: `4G`. */
  memory: string;
  processors: number;
  accelerator: Accelerator;
  /** One thread emulates all processors; see `needsOneThread`. */
  oneThread?: boolean;
  /** The first is booted from. */
  disks: [DiskDescription, ...DiskDescription[]];
  firmware: FirmwareFiles;
  /** Started by qemu itself. Defaults to the boot loader of the first disk. */
  kernel?: KernelDescription | undefined;
  /** Network cards, in the guest's order. */
  networks: NetworkDescription[];
  /** `terminal`: the serial console and qemu's monitor (ctrl-a c) on qemu's own terminal; else the console alone. */
  console: 'terminal' | Channel | LoggedConsole;
  /** qemu's monitor: a socket, or FIFOs `PATH.in` and `PATH.out`. Defaults to none. */
  monitor?: Channel | { pipes: string };
  ports?: GuestPort[];
  /** Folders of the host; each has a virtiofsd that listens on the socket. */
  shares?: { tag: string; socket: string }[];
  /** Lines that the guest's systemd (254 and newer) reads like those of /etc/fstab. */
  mounts?: string;
  /** Credentials of the guest's systemd (251 and newer). */
  secrets?: readonly Secret[];
  /** The socket of an emulated TPM. */
  tpm?: string;
  /** Defaults to none outside of the guest. */
  screen?: Screen;
  /** The machine protocol's socket. Defaults to none. */
  control?: Channel;
  /** The user's own arguments, last. */
  extra: string[];
}

export interface KernelDescription {
  file: string;
  initrd: string;
  commandLine: string;
}

/** `display`: qemu's -display, or `none`; `vnc`: qemu's -vnc. */
export interface Screen {
  display: string;
  vnc?: string;
  resolution?: { x: number; y: number } | undefined;
}

export interface DiskDescription {
  file: string;
  /** So many bytes of zeros in place of a file. */
  zeros?: number;
  format: 'qcow2' | 'raw';
  /** Make qemu keep the guest's writes in a temporary file. */
  throwAway?: boolean;
  /** The name by which the guest finds it: /dev/disk/by-id/virtio-SERIAL; at most 20 bytes. */
  serial?: string;
}

/**
 * `user`: qemu's own network with addresses by DHCP, a way out unless it is restricted, and the forwards. `socket`: Ethernet frames, each
 * after its length in four bytes, big-endian, on an inherited descriptor; `stream`: the same on a Unix socket that another program listens
 * on, with the property by which qemu connects again. `bridge`: a bridge of this host, to which the program `helper` connects. `tap`: a
 * device of this host.
 */
export type NetworkDescription =
  | { kind: 'user'; forwards: PortForward[]; restricted?: boolean; mac?: string | undefined }
  | { kind: 'socket'; socket: number; mac: string }
  | { kind: 'stream'; path: string; mac: string; reconnect?: string | undefined }
  | { kind: 'bridge'; bridge: string; helper: string; mac: string }
  | { kind: 'tap'; device: string; mac: string };

/** Everything after the program's name. */
export function machineArguments(machine: MachineDescription): string[] {
  return [
    ...nameArguments(machine.name),
    ...acceleratorArguments(machine),
    ...processorArguments(machine),
    ...memoryArguments(machine),
    ...firmwareArguments(machine.firmware),
    ...(machine.kernel ? kernelArguments(machine.kernel) : []),
    ...machine.disks.flatMap(diskArguments),
    ...machine.networks.flatMap(networkArguments),
    ...randomArguments(),
    ...screenArguments(machine.screen),
    ...consoleArguments(machine),
    ...(machine.control ? controlArguments(machine.control) : []),
    ...portArguments(machine.ports ?? []),
    ...(machine.shares ?? []).flatMap(shareArguments),
    ...mountArguments(machine.mounts ?? ''),
    ...(machine.secrets ?? []).flatMap(secretArguments),
    ...(machine.tpm === undefined ? [] : tpmArguments(machine.tpm)),
    ...machine.extra,
  ];
}

/** No default devices: qemu's own set depends on how it was built. */
function nameArguments(name: string): string[] {
  return ['-name', escaped(name), '-nodefaults', '-vga', 'std'];
}

/**
 * MiB for code translated by TCG. qemu takes up to 1 GiB, nearly all of it for code that runs once: a boot and some programs of the blog's
 * machine took the same processor time with 128, and 0.45 GB of memory in all instead of 1.2.
 */
const translationBuffer = 128;

function acceleratorArguments({ accelerator, oneThread }: MachineDescription): string[] {
  if (accelerator !== 'tcg') return ['-accel', accelerator];
  return ['-accel', `tcg,tb-size=${translationBuffer}${oneThread ? ',thread=single' : ''}`];
}

/** Without an accelerator qemu's default processor is the fastest one to emulate. */
function processorArguments({ processors, accelerator }: MachineDescription): string[] {
  return [...(accelerator === 'tcg' ? [] : ['-cpu', 'host']), '-smp', String(processors)];
}

/** virtiofsd sees the guest's memory. */
function memoryArguments({ memory, shares = [] }: MachineDescription): string[] {
  if (shares.length === 0) return ['-m', memory];
  return [
    '-m',
    memory,
    '-object',
    `memory-backend-memfd,id=memory,size=${parseSize(memory, 'M')},share=on`,
    '-machine',
    'memory-backend=memory',
  ];
}

/** SeaBIOS is qemu's default; UEFI's code and variables are two flash chips. */
function firmwareArguments(firmware: FirmwareFiles): string[] {
  if (firmware.kind === 'bios') return [];
  return [
    ...(firmware.kind === 'secure-boot' ? secureArguments : []),
    '-drive',
    `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(firmware.code)}`,
    '-drive',
    `if=pflash,unit=1,format=raw,file=${escaped(firmware.variables)}${firmware.throwAway ? ',snapshot=on' : ''}`,
  ];
}

/** Only code in system management mode may write the flash, as otherwise the guest's kernel could change the keys. */
const secureArguments = ['-machine', 'q35,smm=on', '-global', 'driver=cfi.pflash01,property=secure,value=on'];

/** These values are no lists of properties: commas are themselves. */
function kernelArguments({ file, initrd, commandLine }: KernelDescription): string[] {
  return ['-kernel', file, '-initrd', initrd, '-append', commandLine];
}

/** The machine protocol's name of the first disk. */
export const systemDrive = 'drive1';

function diskArguments(disk: DiskDescription, index: number): string[] {
  const drive = `drive${index + 1}`;
  return [
    '-drive',
    `cache=writeback,${backend(disk)},format=${disk.format},id=${drive},if=none,index=${index + 1},werror=report` +
      (disk.throwAway ? ',snapshot=on' : ''),
    '-device',
    `virtio-blk-pci,${index === 0 ? 'bootindex=1,' : ''}drive=${drive}` +
      (disk.serial === undefined ? '' : `,serial=${escaped(disk.serial)}`),
  ];
}

function backend({ file, zeros }: DiskDescription): string {
  return zeros === undefined ? `file=${escaped(file)}` : `file.driver=null-co,file.read-zeroes=on,file.size=${zeros}`;
}

/** The machine protocol's name of qemu's own network, which is always that of the first card. */
export const userNetwork = 'net0';

function networkArguments(network: NetworkDescription, index: number): string[] {
  const id = `net${index}`;
  const mac = network.mac === undefined ? '' : `,mac=${network.mac}`;
  // Without a ROM the firmware does not try to boot from the network.
  return ['-netdev', networkBackend(network, id), '-device', `virtio-net-pci,netdev=${id},romfile=${mac}`];
}

function networkBackend(network: NetworkDescription, id: string): string {
  if (network.kind === 'socket') return `socket,id=${id},fd=${network.socket}`;
  if (network.kind === 'stream') {
    const again = network.reconnect === undefined ? '' : `,${network.reconnect}`;
    return `stream,id=${id},server=off,addr.type=unix,addr.path=${escaped(network.path)}${again}`;
  }
  if (network.kind === 'bridge') return `bridge,id=${id},br=${network.bridge},helper=${escaped(network.helper)}`;
  if (network.kind === 'tap') return `tap,id=${id},ifname=${network.device},script=no,downscript=no`;
  const rules = network.forwards.map(({ protocol, address, host, guest }) => `,hostfwd=${protocol}:${address}:${host}-:${guest}`);
  return `user,id=${id}${network.restricted ? ',restrict=on' : ''}${rules.join('')}`;
}

/** A guest that waits for entropy waits for minutes. */
function randomArguments(): string[] {
  return ['-device', 'virtio-rng-pci'];
}

/** The monitor shares the terminal: ctrl-a x ends the machine, ctrl-a c is the monitor. */
function consoleArguments({ console, monitor, screen }: MachineDescription): string[] {
  // With a screen, -nographic would take it away.
  const alone = screen ? [] : ['-nographic'];
  if (console === 'terminal') return [...alone, '-serial', 'mon:stdio'];
  const monitorBackend = monitor && ('pipes' in monitor ? `pipe,id=monitor,path=${escaped(monitor.pipes)}` : channel('monitor', monitor));
  const ofMonitor = monitorBackend ? ['-chardev', monitorBackend, '-monitor', 'chardev:monitor'] : ['-monitor', 'none'];
  const backend =
    'pipes' in console
      ? `pipe,id=console,path=${escaped(console.pipes)},logfile=${escaped(console.logFile)},logappend=on`
      : channel('console', console);
  return [...alone, ...ofMonitor, '-chardev', backend, '-serial', 'chardev:console'];
}

function screenArguments(screen: Screen | undefined): string[] {
  if (!screen) return [];
  const { display, vnc, resolution } = screen;
  return [
    ...(vnc === undefined ? ['-display', display] : ['-vnc', escaped(vnc)]),
    ...(resolution ? ['-global', `VGA.xres=${resolution.x}`, '-global', `VGA.yres=${resolution.y}`] : []),
  ];
}

function shareArguments({ tag, socket }: { tag: string; socket: string }, index: number): string[] {
  const id = `share${index}`;
  return ['-chardev', `socket,id=${id},path=${escaped(socket)}`, '-device', `vhost-user-fs-pci,chardev=${id},tag=${tag}`];
}

/** systemd's credential `fstab.extra`, in a string of the firmware's tables. */
function mountArguments(mounts: string): string[] {
  if (mounts === '') return [];
  return ['-smbios', `type=11,value=io.systemd.credential.binary:fstab.extra=${Buffer.from(mounts, 'utf8').toString('base64')}`];
}

function secretArguments({ name, file }: Secret): string[] {
  return ['-fw_cfg', `name=${CREDENTIALS}${name},file=${escaped(file)}`];
}

function tpmArguments(socket: string): string[] {
  return [
    ...['-chardev', `socket,id=tpm,path=${escaped(socket)}`, '-tpmdev', 'emulator,id=tpm0,chardev=tpm'],
    ...['-device', 'tpm-tis,tpmdev=tpm0'],
  ];
}

function controlArguments(control: Channel): string[] {
  return ['-chardev', channel('control', control), '-mon', 'chardev=control,mode=control'];
}

/** After all other devices, so that their addresses stay the same. */
function portArguments(ports: GuestPort[]): string[] {
  if (ports.length === 0) return [];
  return [
    '-device',
    'virtio-serial-pci',
    ...ports.flatMap(({ id, name, channel: of }) => [
      '-chardev',
      'append' in of ? `file,id=port-${id},path=${escaped(of.append)},append=on` : channel(`port-${id}`, of),
      '-device',
      `virtserialport,chardev=port-${id},id=${id},name=${name}`,
    ]),
  ];
}

/** The port of the guest's console-size service (distro/nixos/modules/profiles/qemu-guest.nix). */
export function sizeGuestPort(of: Channel): GuestPort {
  return { id: sizePort, name: 'bootflake.console.size', channel: of };
}

function channel(id: string, of: Channel): string {
  return `socket,id=${id},${'socket' in of ? `fd=${of.socket}` : `path=${escaped(of.listen)},server=on,wait=off`}`;
}

/** Doubles commas, as qemu's syntax requires in values. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
