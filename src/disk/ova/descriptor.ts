/**
 * The descriptor of a machine with one disk and one network card: DMTF's DSP0243, "Open Virtualization Format Specification" 1.1.0, with
 * the extensions of VirtualBox and VMware that their own exports have. Kinds of hardware are those of CIM_ResourceAllocationSettingData.
 */
import { seededUuid, uuidText } from '../seeded-uuid.ts';

export const ovaHardware = ['virtualbox', 'vmware'] as const satisfies string[];
export type OvaHardware = (typeof ovaHardware)[number];

export interface OvaMachine {
  name: string;
  /** None if empty. */
  description: string;
  /** In MiB. */
  memory: number;
  cpus: number;
  firmware: 'bios' | 'efi';
  hardware: OvaHardware;
  /** The system's name for the host's program: `Debian_64` of VirtualBox's, `debian12_64Guest` of VMware's. */
  osType: string;
}

export interface OvaDisk {
  fileName: string;
  /** Of the file, in bytes. */
  fileSize: number;
  /** Of the disk, in bytes. */
  size: number;
  /** Bytes of the disk that the file holds. */
  populated: number;
}

/** Of CIM: any Linux for 64 bits. */
const LINUX_64 = 101;
/** Of CIM's resources. */
const RESOURCE = { cpu: 3, memory: 4, scsi: 6, network: 10, disk: 17, sata: 20 } as const;
const NETWORK = 'NAT';

const NAMESPACES = {
  '': 'http://schemas.dmtf.org/ovf/envelope/1',
  ':ovf': 'http://schemas.dmtf.org/ovf/envelope/1',
  ':rasd': 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData',
  ':vssd': 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData',
  ':xsi': 'http://www.w3.org/2001/XMLSchema-instance',
  ':vbox': 'http://www.virtualbox.org/ovf/machine',
  ':vmw': 'http://www.vmware.com/schema/ovf',
};

/** A system's type: the oldest that has the hardware below. */
const SYSTEM_TYPE: Record<OvaHardware, string> = { virtualbox: 'virtualbox-2.2', vmware: 'vmx-13' };
const FORMAT = 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized';

/** `seed` decides on the UUIDs. */
export function ovfDescriptor(machine: OvaMachine, disk: OvaDisk, seed: string): string {
  const uuid = uuidText(seededUuid(seed, 'OVA, disk'));
  const { hardware } = machine;
  const name = xml(machine.name);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<Envelope ovf:version="1.0" xml:lang="en-US"${Object.entries(NAMESPACES)
      .map(([prefix, uri]) => ` xmlns${prefix}="${uri}"`)
      .join('')}>`,
    '  <References>',
    `    <File ovf:id="file1" ovf:href="${xml(disk.fileName)}" ovf:size="${disk.fileSize}"/>`,
    '  </References>',
    '  <DiskSection>',
    '    <Info>The disks</Info>',
    `    <Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="${disk.size}" ovf:capacityAllocationUnits="byte" ` +
      `ovf:populatedSize="${disk.populated}" ovf:format="${FORMAT}"${hardware === 'virtualbox' ? ` vbox:uuid="${uuid}"` : ''}/>`,
    '  </DiskSection>',
    '  <NetworkSection>',
    '    <Info>The networks</Info>',
    `    <Network ovf:name="${NETWORK}">`,
    '      <Description>The network of the card</Description>',
    '    </Network>',
    '  </NetworkSection>',
    `  <VirtualSystem ovf:id="${name}">`,
    '    <Info>A virtual machine</Info>',
    `    <Name>${name}</Name>`,
    ...(machine.description === ''
      ? []
      : [
          '    <AnnotationSection>',
          '      <Info>What it is</Info>',
          `      <Annotation>${xml(machine.description)}</Annotation>`,
          '    </AnnotationSection>',
        ]),
    ...operatingSystem(machine),
    '    <VirtualHardwareSection>',
    '      <Info>The hardware</Info>',
    '      <System>',
    '        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>',
    '        <vssd:InstanceID>0</vssd:InstanceID>',
    `        <vssd:VirtualSystemIdentifier>${name}</vssd:VirtualSystemIdentifier>`,
    `        <vssd:VirtualSystemType>${SYSTEM_TYPE[hardware]}</vssd:VirtualSystemType>`,
    '      </System>',
    ...items(machine).flatMap(itemLines),
    ...(hardware === 'vmware' && machine.firmware === 'efi'
      ? ['      <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="efi"/>']
      : []),
    '    </VirtualHardwareSection>',
    ...(hardware === 'virtualbox' && machine.firmware === 'efi' ? virtualBoxMachine(machine, uuid, seed) : []),
    '  </VirtualSystem>',
    '</Envelope>',
    '',
  ].join('\n');
}

function operatingSystem({ hardware, osType }: OvaMachine): string[] {
  const type = xml(osType);
  return [
    `    <OperatingSystemSection ovf:id="${LINUX_64}"${hardware === 'vmware' ? ` vmw:osType="${type}"` : ''}>`,
    '      <Info>The operating system</Info>',
    '      <Description>Linux, 64 bits</Description>',
    ...(hardware === 'virtualbox' ? [`      <vbox:OSType ovf:required="false">${type}</vbox:OSType>`] : []),
    '    </OperatingSystemSection>',
  ];
}

/** Elements by their names; the schema wants them in the order of the alphabet. */
type Item = Record<string, string | number>;

function items({ hardware, cpus, memory }: OvaMachine): Item[] {
  const isVmware = hardware === 'vmware';
  const controller = 3;
  return [
    {
      AllocationUnits: 'hertz * 10^6',
      Description: 'Number of processors',
      ElementName: `${cpus} processors`,
      InstanceID: 1,
      ResourceType: RESOURCE.cpu,
      VirtualQuantity: cpus,
    },
    {
      AllocationUnits: 'byte * 2^20',
      Description: 'Memory',
      ElementName: `${memory} MiB of memory`,
      InstanceID: 2,
      ResourceType: RESOURCE.memory,
      VirtualQuantity: memory,
    },
    {
      Address: 0,
      Description: 'Controller of the disk',
      ElementName: isVmware ? 'SCSI controller' : 'SATA controller',
      InstanceID: controller,
      ResourceSubType: isVmware ? 'VirtualSCSI' : 'AHCI',
      ResourceType: isVmware ? RESOURCE.scsi : RESOURCE.sata,
    },
    {
      AddressOnParent: 0,
      Description: 'Disk',
      ElementName: 'Disk 1',
      HostResource: 'ovf:/disk/vmdisk1',
      InstanceID: 4,
      Parent: controller,
      ResourceType: RESOURCE.disk,
    },
    {
      AddressOnParent: 7,
      AutomaticAllocation: 'true',
      Connection: NETWORK,
      Description: 'Network card',
      ElementName: `Network card on ${NETWORK}`,
      InstanceID: 5,
      ResourceSubType: isVmware ? 'VmxNet3' : 'E1000',
      ResourceType: RESOURCE.network,
    },
  ];
}

function itemLines(item: Item): string[] {
  return [
    '      <Item>',
    ...Object.entries(item).map(([name, value]) => `        <rasd:${name}>${xml(String(value))}</rasd:${name}>`),
    '      </Item>',
  ];
}

/** VirtualBox knows no other place for the firmware. Where this is, it takes the machine from here. */
function virtualBoxMachine({ name, cpus, memory, osType }: OvaMachine, disk: string, seed: string): string[] {
  const uuid = uuidText(seededUuid(seed, 'OVA, machine'));
  return [
    `    <vbox:Machine ovf:required="false" version="1.16-linux" uuid="{${uuid}}" name="${xml(name)}" OSType="${xml(osType)}" ` +
      'snapshotFolder="Snapshots" lastStateChange="1970-01-01T00:00:01Z">',
    '      <ovf:Info>The machine as VirtualBox describes it</ovf:Info>',
    '      <Hardware>',
    `        <CPU count="${cpus}"><PAE enabled="true"/><LongMode enabled="true"/><HardwareVirtExLargePages enabled="true"/></CPU>`,
    `        <Memory RAMSize="${memory}"/>`,
    '        <Firmware type="EFI"/>',
    '        <Boot><Order position="1" device="HardDisk"/></Boot>',
    '        <Display controller="VMSVGA" VRAMSize="16"/>',
    '        <BIOS><ACPI enabled="true"/><IOAPIC enabled="true"/></BIOS>',
    '        <Network><Adapter slot="0" enabled="true" cable="true" type="82540EM"><NAT/></Adapter></Network>',
    '        <RTC localOrUTC="UTC"/>',
    '      </Hardware>',
    '      <StorageControllers>',
    '        <StorageController name="SATA" type="AHCI" PortCount="1" useHostIOCache="false" Bootable="true">',
    `          <AttachedDevice type="HardDisk" port="0" device="0"><Image uuid="{${disk}}"/></AttachedDevice>`,
    '        </StorageController>',
    '      </StorageControllers>',
    '    </vbox:Machine>',
  ];
}

/** Throws RangeError for characters that XML 1.0 does not have. */
function xml(text: string): string {
  if (/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/.test(text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')))
    throw new RangeError(`${JSON.stringify(text)} has characters that XML does not have`);
  return text.replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
