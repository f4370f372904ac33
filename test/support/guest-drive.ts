/** Drives from which a guest under test takes its name, key and script: what hosts without a metadata service attach. */
import { join } from 'node:path';
import { planFat } from '../../src/disk/fat/plan.ts';
import { planIso9660 } from '../../src/disk/iso9660/plan.ts';
import { type DirectoryNode, directory, file } from '../../src/tree/file-tree.ts';
import { writeImage } from '../disk/images.ts';
import { type Instance, hardwareAddress } from './metadata-server.ts';

/**
 * `cidata-iso`, `cidata-fat`: NoCloud, as KubeVirt and virt-install make it. `proxmox`, `proxmox-config-2`: the drives of Proxmox's `qm`
 * with citype=nocloud and configdrive2, the script as vendor's data (cicustom). `config-2`: OpenStack's. `azure`: the disc with which
 * Azure makes a machine.
 */
export type DriveKind = 'cidata-iso' | 'cidata-fat' | 'proxmox' | 'proxmox-config-2' | 'config-2' | 'azure';

type Texts = { [name: string]: string | Texts };

const treeOf = (texts: Texts): DirectoryNode =>
  directory(Object.entries(texts).map(([name, value]) => [name, typeof value === 'string' ? file(value) : treeOf(value)]));

/** Writes the drive into the folder; qemu's arguments for it. */
export function guestDrive(kind: DriveKind, instance: Instance, folder: string): string[] {
  const path = join(folder, `${kind}.img`);
  const { label, texts } = contents[kind](instance);
  if (kind === 'cidata-fat') {
    writeImage(planFat(treeOf(texts), { size: 2 ** 20, volumeId: 1, label, time: 1 }), path);
    return ['-drive', `if=virtio,format=raw,readonly=on,file=${path}`];
  }
  writeImage(planIso9660(treeOf(texts), { volumeId: label, time: 1, seed: kind }), path);
  return ['-drive', `if=none,id=data,media=cdrom,format=raw,readonly=on,file=${path}`, '-device', 'ide-cd,bus=ide.1,drive=data'];
}

const contents: Record<DriveKind, (instance: Instance) => { label: string; texts: Texts }> = {
  'cidata-iso': noCloud,
  'cidata-fat': (instance) => ({ ...noCloud(instance), label: 'CIDATA' }),
  proxmox: (instance) => ({
    label: 'cidata',
    texts: {
      'meta-data': `instance-id: ${instance.id}\n`,
      'user-data': proxmoxUserData(instance),
      'vendor-data': instance.userData,
      'network-config': [
        'version: 1',
        'config:',
        '    - type: physical',
        '      name: eth0',
        `      mac_address: '${hardwareAddress}'`,
        '      subnets:',
        '      - type: dhcp4',
        '    - type: nameserver',
        '      address:',
        "      - '10.0.2.3'",
        '      search:',
        "      - 'example.test'",
        '',
      ].join('\n'),
    },
  }),
  'proxmox-config-2': (instance) => ({
    label: 'config-2',
    texts: {
      openstack: {
        latest: {
          user_data: proxmoxUserData(instance),
          'meta_data.json': JSON.stringify({ uuid: instance.id, network_config: { content_path: '/content/0000' } }),
          // Text in the place of JSON: of cicustom.
          'vendor_data.json': JSON.stringify(instance.userData),
        },
        content: {
          '0000':
            'auto lo\niface lo inet loopback\n\n        dns_nameservers 10.0.2.3\n        dns_search example.test\nauto eth0\niface eth0 inet dhcp\n',
        },
      },
    },
  }),
  'config-2': (instance) => ({
    label: 'config-2',
    texts: {
      openstack: {
        latest: {
          'meta_data.json': JSON.stringify({
            uuid: instance.id,
            hostname: instance.hostName,
            name: instance.hostName,
            public_keys: { key: instance.sshKey },
          }),
          'network_data.json': JSON.stringify({ links: [], networks: [], services: [] }),
          user_data: instance.userData,
        },
      },
    },
  }),
  azure: (instance) => ({ label: 'PROVISIONING', texts: { 'ovf-env.xml': ovfEnvironment(instance) } }),
};

/** https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html */
function noCloud(instance: Instance): { label: string; texts: Texts } {
  return {
    label: 'cidata',
    texts: {
      'meta-data': `instance-id: ${instance.id}\nlocal-hostname: ${instance.hostName}\npublic-keys:\n  - ${instance.sshKey}\n`,
      'user-data': instance.userData,
    },
  };
}

/** What `qm cloudinit dump ID user` prints for a machine with keys and without a user's name. */
const proxmoxUserData = ({ hostName, sshKey }: Instance): string =>
  [
    '#cloud-config',
    `hostname: ${hostName.split('.')[0]}`,
    'manage_etc_hosts: true',
    `fqdn: ${hostName}`,
    'ssh_authorized_keys:',
    `  - ${sshKey}`,
    'chpasswd:',
    '  expire: False',
    'users:',
    '  - default',
    'package_upgrade: true',
    '',
  ].join('\n');

/** https://github.com/Azure/WALinuxAgent has samples of it; the keys come from the metadata service. */
const ovfEnvironment = ({ hostName, userData }: Instance): string => `<?xml version="1.0" encoding="utf-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:oe="http://schemas.dmtf.org/ovf/environment/1"
  xmlns:wa="http://schemas.microsoft.com/windowsazure" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <wa:ProvisioningSection>
    <wa:Version>1.0</wa:Version>
    <LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure">
      <ConfigurationSetType>LinuxProvisioningConfiguration</ConfigurationSetType>
      <HostName>${hostName.split('.')[0]}</HostName>
      <UserName>tarn</UserName>
      <DisableSshPasswordAuthentication>true</DisableSshPasswordAuthentication>
      <CustomData>${Buffer.from(userData).toString('base64')}</CustomData>
    </LinuxProvisioningConfigurationSet>
  </wa:ProvisioningSection>
  <wa:PlatformSettingsSection>
    <wa:Version>1.0</wa:Version>
    <PlatformSettings xmlns="http://schemas.microsoft.com/windowsazure">
      <KmsServerHostname>kms.core.windows.net</KmsServerHostname>
      <ProvisionGuestAgent>true</ProvisionGuestAgent>
      <GuestAgentPackageName xsi:nil="true" />
      <PreprovisionedVm>false</PreprovisionedVm>
    </PlatformSettings>
  </wa:PlatformSettingsSection>
</Environment>
`;
