/** qemu's arguments, a device at a time; all together are the machine of a `MachineDescription`. */
import type { FirmwareFiles } from './firmware.ts';
import type { PortForward } from './forward.ts';

/** qemu's name of the device that reports the terminal's size to the guest. */
export const sizePort = 'console-size';

export type Accelerator = 'kvm' | 'hvf' | 'tcg';

/** Our end of a channel of the machine. */
export type Channel = { socket: number };

export interface MachineDescription {
  name: string;
  /** As in qemu's -m: `4G`. */
  memory: string;
  processors: number;
  accelerator: Accelerator;
  /** One thread emulates all processors; see `needsOneThread`. */
  oneThread?: boolean;
  disk: DiskDescription;
  firmware: FirmwareFiles;
  forwards: PortForward[];
  /** `terminal`: the serial console and qemu's monitor (ctrl-a c) on qemu's own terminal; else the console alone on a socket. */
  console: 'terminal' | Channel;
  /** The socket of qemu's monitor. Defaults to none. */
  monitor?: Channel;
  /** The socket that reports the terminal's size to the guest. Defaults to none. */
  size?: Channel;
  /** The machine protocol's socket. Defaults to none. */
  control?: Channel;
  /** The user's own arguments, last. */
  extra: string[];
}

export interface DiskDescription {
  file: string;
  format: 'qcow2' | 'raw';
  /** Make qemu keep the guest's writes in a temporary file. */
  throwAway?: boolean;
}

/** Everything after the program's name. */
export function machineArguments(machine: MachineDescription): string[] {
  return [
    ...nameArguments(machine.name),
    ...acceleratorArguments(machine),
    ...processorArguments(machine),
    ...memoryArguments(machine.memory),
    ...firmwareArguments(machine.firmware),
    ...diskArguments(machine.disk),
    ...networkArguments(machine.forwards),
    ...randomArguments(),
    ...consoleArguments(machine.console, machine.monitor),
    ...(machine.control ? controlArguments(machine.control) : []),
    ...(machine.size ? sizeArguments(machine.size) : []),
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

function diskArguments(disk: DiskDescription): string[] {
  return [
    '-drive',
    `cache=writeback,file=${escaped(disk.file)},format=${disk.format},id=drive1,if=none,index=1,werror=report` +
      (disk.throwAway ? ',snapshot=on' : ''),
    '-device',
    'virtio-blk-pci,bootindex=1,drive=drive1',
  ];
}

function networkArguments(forwards: PortForward[]): string[] {
  const rules = forwards.map(({ protocol, address, host, guest }) => `,hostfwd=${protocol}:${address}:${host}-:${guest}`);
  // Without a ROM the firmware does not try to boot from the network.
  return ['-netdev', `user,id=net0${rules.join('')}`, '-device', 'virtio-net-pci,netdev=net0,romfile='];
}

/** A guest that waits for entropy waits for minutes. */
function randomArguments(): string[] {
  return ['-device', 'virtio-rng-pci'];
}

/** The monitor shares the terminal: ctrl-a x ends the machine, ctrl-a c is the monitor. */
function consoleArguments(console: MachineDescription['console'], monitor: Channel | undefined): string[] {
  if (console === 'terminal') return ['-nographic', '-serial', 'mon:stdio'];
  const onSocket = monitor ? ['-chardev', `socket,id=monitor,fd=${monitor.socket}`, '-monitor', 'chardev:monitor'] : ['-monitor', 'none'];
  return ['-nographic', ...onSocket, '-chardev', `socket,id=console,fd=${console.socket}`, '-serial', 'chardev:console'];
}

function controlArguments(control: Channel): string[] {
  return ['-chardev', `socket,id=control,fd=${control.socket}`, '-mon', 'chardev=control,mode=control'];
}

/**
 * The port of the guest's console-size service (distro/nixos/modules/profiles/qemu-guest.nix). After all other devices, so that their
 * addresses stay the same.
 */
function sizeArguments(size: Channel): string[] {
  return [
    '-chardev',
    `socket,id=size,fd=${size.socket}`,
    '-device',
    'virtio-serial-pci',
    '-device',
    `virtserialport,chardev=size,id=${sizePort},name=bootflake.console.size`,
  ];
}

/** Doubles commas, as qemu's syntax requires in values. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
