/** qemu's arguments, a device at a time; all together are the machine of a `MachineDescription`. */
import type { FirmwareFiles } from './firmware.ts';
import type { PortForward } from './forward.ts';

/** qemu's name of the device that reports the terminal's size to the guest. */
export const sizePort = 'console-size';

export type Accelerator = 'kvm' | 'hvf' | 'tcg';

/** A channel of the machine: a descriptor that qemu inherits, or a Unix socket on which it listens for one client at a time. */
export type Channel = { socket: number } | { listen: string };

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
  channel: Channel;
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
  /** The socket of qemu's monitor. Defaults to none. */
  monitor?: Channel;
  ports?: GuestPort[];
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
 * after its length in four bytes, big-endian, on an inherited descriptor.
 */
export type NetworkDescription =
  | { kind: 'user'; forwards: PortForward[]; restricted?: boolean }
  | { kind: 'socket'; socket: number; mac: string };

/** Everything after the program's name. */
export function machineArguments(machine: MachineDescription): string[] {
  return [
    ...nameArguments(machine.name),
    ...acceleratorArguments(machine),
    ...processorArguments(machine),
    ...memoryArguments(machine.memory),
    ...firmwareArguments(machine.firmware),
    ...(machine.kernel ? kernelArguments(machine.kernel) : []),
    ...machine.disks.flatMap(diskArguments),
    ...machine.networks.flatMap(networkArguments),
    ...randomArguments(),
    ...consoleArguments(machine.console, machine.monitor),
    ...(machine.control ? controlArguments(machine.control) : []),
    ...portArguments(machine.ports ?? []),
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

function memoryArguments(memory: string): string[] {
  return ['-m', memory];
}

/** SeaBIOS is qemu's default; UEFI's code and variables are two flash chips. */
function firmwareArguments(firmware: FirmwareFiles): string[] {
  if (firmware.kind === 'bios') return [];
  return [
    '-drive',
    `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(firmware.code)}`,
    '-drive',
    `if=pflash,unit=1,format=raw,file=${escaped(firmware.variables)}${firmware.throwAway ? ',snapshot=on' : ''}`,
  ];
}

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

/** The machine protocol's name of the user network of the first card. */
export const userNetwork = 'net0';

function networkArguments(network: NetworkDescription, index: number): string[] {
  const id = `net${index}`;
  // Without a ROM the firmware does not try to boot from the network.
  const card = (mac = '') => ['-device', `virtio-net-pci,netdev=${id},romfile=${mac}`];
  if (network.kind === 'socket') return ['-netdev', `socket,id=${id},fd=${network.socket}`, ...card(`,mac=${network.mac}`)];
  const rules = network.forwards.map(({ protocol, address, host, guest }) => `,hostfwd=${protocol}:${address}:${host}-:${guest}`);
  return ['-netdev', `user,id=${id}${network.restricted ? ',restrict=on' : ''}${rules.join('')}`, ...card()];
}

/** A guest that waits for entropy waits for minutes. */
function randomArguments(): string[] {
  return ['-device', 'virtio-rng-pci'];
}

/** The monitor shares the terminal: ctrl-a x ends the machine, ctrl-a c is the monitor. */
function consoleArguments(console: MachineDescription['console'], monitor: Channel | undefined): string[] {
  if (console === 'terminal') return ['-nographic', '-serial', 'mon:stdio'];
  const ofMonitor = monitor ? ['-chardev', channel('monitor', monitor), '-monitor', 'chardev:monitor'] : ['-monitor', 'none'];
  const backend =
    'pipes' in console
      ? `pipe,id=console,path=${escaped(console.pipes)},logfile=${escaped(console.logFile)},logappend=on`
      : channel('console', console);
  return ['-nographic', ...ofMonitor, '-chardev', backend, '-serial', 'chardev:console'];
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
      channel(`port-${id}`, of),
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
