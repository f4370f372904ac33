/**
 * The metadata services of clouds, for guests under test: EC2 (with sessions, "IMDSv2"), OpenStack, DigitalOcean, Google's Compute Engine,
 * Azure (with its second service, the wire server), Oracle, and the address that a serial number names for cloud-init. They listen on this
 * host; qemu's user network shows them to its guest at 169.254.169.254.
 */
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Instance {
  id: string;
  hostName: string;
  /** A public key of ssh, with its comment. */
  sshKey: string;
  userData: string;
}

export type Cloud = 'ec2' | 'openstack' | 'digitalocean' | 'gce' | 'azure' | 'oracle' | 'nocloud';

export interface MetadataServer {
  /** Requests that came, as `METHOD PATH STATUS`. */
  asked: string[];
  /** qemu's arguments for a guest in that cloud: its network, and what its firmware says. */
  qemuArguments: string[];
  close(): Promise<void>;
}

/** Of the guest's network card. */
export const hardwareAddress = '52:54:00:12:34:56';

type Reply = string | undefined | { status: number; body?: string };

/** `folder`: for a program of qemu's. */
export async function metadataServer(cloud: Cloud, instance: Instance, folder: string): Promise<MetadataServer> {
  const asked: string[] = [];
  const reply = { ec2, openstack, digitalocean, gce, azure, oracle, nocloud }[cloud];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const answer = reply(instance, request);
    const { status, body } = typeof answer === 'string' ? { status: 200, body: answer } : (answer ?? { status: 404 });
    asked.push(`${request.method} ${request.url} ${status}`);
    response.writeHead(status, {
      'content-type': 'text/plain',
      ...(cloud === 'gce' && { 'metadata-flavor': 'Google' }),
      connection: 'close',
    });
    response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const relay = join(folder, 'relay.mjs');
  writeFileSync(
    relay,
    `import { connect } from 'node:net';\nconst s = connect(${port}, '127.0.0.1');\nprocess.stdin.pipe(s);\ns.pipe(process.stdout);\ns.on('close', () => process.exit());\n`,
  );
  // Google's networks say the name by DHCP.
  const named = cloud === 'gce' ? `,hostname=${instance.hostName.split('.')[0]}` : '';
  // One network has both services of Azure.
  const addresses = cloud === 'azure' ? ['169.254.169.254', '168.63.129.16'] : ['169.254.169.254'];
  const range = cloud === 'azure' ? '168.0.0.0/7' : '169.254.169.0/24';
  const network = `user,id=net,net=${range},host=169.254.169.2,dns=169.254.169.3,dhcpstart=169.254.169.20${named}`;
  return {
    asked,
    qemuArguments: [
      ...['-netdev', [network, ...addresses.map((it) => `guestfwd=tcp:${it}:80-cmd:${process.execPath} ${relay}`)].join(',')],
      ...['-device', `virtio-net-pci,netdev=net,mac=${hardwareAddress}`],
      ...firmware[cloud](instance),
    ],
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** What a machine's firmware says there, by which its guest knows the cloud. */
const firmware: Record<Cloud, (instance: Instance) => string[]> = {
  ec2: () => [
    '-smbios',
    'type=1,manufacturer=Amazon EC2,uuid=ec2e1916-9099-7caf-fd21-012345abcdef,serial=ec2e1916-9099-7caf-fd21-012345abcdef',
  ],
  openstack: () => ['-smbios', 'type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova'],
  digitalocean: ({ id }) => ['-smbios', `type=1,manufacturer=DigitalOcean,product=Droplet,serial=${id}`],
  gce: () => ['-smbios', 'type=1,manufacturer=Google,product=Google Compute Engine'],
  azure: ({ id }) => [
    ...['-smbios', `type=1,manufacturer=Microsoft Corporation,product=Virtual Machine,uuid=${id}`],
    ...['-smbios', 'type=3,manufacturer=Microsoft Corporation,asset=7783-7084-3265-9085-8269-3286-77'],
  ],
  oracle: () => ['-smbios', 'type=3,manufacturer=QEMU,asset=OracleCloud.com'],
  nocloud: () => ['-smbios', 'type=1,serial=ds=nocloud;s=http://169.254.169.254/seed/'],
};

/** A tree of texts, and its folders as lists of names with slashes after those of folders. */
type Tree = { [name: string]: string | Tree };

function lookUp(tree: Tree, path: string): string | undefined {
  let at: string | Tree = tree;
  for (const part of path.split('/').filter(Boolean)) {
    if (typeof at === 'string' || !Object.hasOwn(at, part)) return undefined;
    at = at[part]!;
  }
  if (typeof at === 'string') return at;
  return Object.entries(at)
    .map(([name, value]) => (typeof value === 'string' ? name : `${name}/`))
    .join('\n');
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html; without a session nothing is said. */
function ec2(instance: Instance, { method, url, headers }: IncomingMessage): Reply {
  const token = 'token-of-the-session';
  if (url === '/latest/api/token') return method === 'PUT' && headers['x-aws-ec2-metadata-token-ttl-seconds'] ? token : { status: 405 };
  if (headers['x-aws-ec2-metadata-token'] !== token) return { status: 401 };
  const [version, ...rest] = (url ?? '').split('/').filter(Boolean);
  if (version !== 'latest' && !/^20\d\d-\d\d-\d\d$/.test(version ?? '')) return undefined;
  const path = rest.join('/');
  if (path === 'meta-data/public-keys') return '0=key';
  return lookUp(
    {
      'user-data': instance.userData,
      'meta-data': {
        'ami-id': 'ami-0123456789abcdef0',
        'instance-id': instance.id,
        'instance-type': 't3.micro',
        'local-hostname': instance.hostName,
        hostname: instance.hostName,
        placement: { 'availability-zone': 'eu-central-1a', region: 'eu-central-1' },
        'public-keys': { '0': { 'openssh-key': instance.sshKey } },
      },
      dynamic: { 'instance-identity': { document: JSON.stringify({ instanceId: instance.id, region: 'eu-central-1' }) } },
    },
    path,
  );
}

/** https://docs.openstack.org/nova/latest/user/metadata.html */
function openstack(instance: Instance, { url }: IncomingMessage): Reply {
  const version = '2018-08-27';
  if (url === '/openstack' || url === '/openstack/') return `${version}\nlatest`;
  const files: Record<string, string> = {
    'meta_data.json': JSON.stringify({
      uuid: instance.id,
      hostname: instance.hostName,
      name: instance.hostName,
      availability_zone: 'nova',
      public_keys: { key: instance.sshKey },
    }),
    'network_data.json': JSON.stringify({ links: [], networks: [], services: [] }),
    'vendor_data.json': '{}',
    'vendor_data2.json': '{}',
    user_data: instance.userData,
  };
  const match = /^\/openstack\/(latest|[\d-]+)\/(\w+(?:\.json)?)?$/.exec(url ?? '');
  if (!match) return undefined;
  return match[2] === undefined ? Object.keys(files).join('\n') : files[match[2]];
}

/** https://docs.digitalocean.com/reference/api/metadata-api/ */
function digitalocean(instance: Instance, { url }: IncomingMessage): Reply {
  if (url !== '/metadata/v1.json') return undefined;
  return JSON.stringify({
    droplet_id: Number(instance.id),
    hostname: instance.hostName,
    public_keys: [instance.sshKey],
    user_data: instance.userData,
    region: 'fra1',
    // A droplet has one; cloud-init stops where there is none.
    interfaces: {
      public: [
        {
          mac: hardwareAddress,
          type: 'public',
          ipv4: { ip_address: '169.254.169.20', netmask: '255.255.255.0', gateway: '169.254.169.2' },
        },
      ],
    },
    dns: { nameservers: ['169.254.169.3'] },
  });
}

/** https://cloud.google.com/compute/docs/metadata/overview; values as in a reply to `?recursive=true&alt=json`. */
function gce(instance: Instance, { url, headers }: IncomingMessage): Reply {
  if (headers['metadata-flavor'] !== 'Google') return { status: 403 };
  const { pathname, searchParams } = new URL(url ?? '/', 'http://metadata.google.internal');
  const attributes = { 'ssh-keys': `tarn:${instance.sshKey}`, 'startup-script': instance.userData, 'enable-oslogin': 'FALSE' };
  const tree: Record<string, unknown> = {
    instance: {
      attributes,
      hostname: instance.hostName,
      name: instance.hostName.split('.')[0],
      id: Number(instance.id),
      zone: 'projects/1/zones/europe-west3-a',
      networkInterfaces: [],
      virtualClock: { driftToken: '0' },
    },
    project: { attributes: {}, projectId: 'project', numericProjectId: 1 },
  };
  let at: unknown = tree;
  for (const part of pathname.replace('/computeMetadata/v1', '').split('/').filter(Boolean)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  if (typeof at !== 'object' || at === null) return String(at);
  return searchParams.get('recursive') ? JSON.stringify(at) : Object.keys(at).join('\n');
}

/** https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service; the wire server as WALinuxAgent asks it. */
function azure(instance: Instance, { method, url, headers }: IncomingMessage): Reply {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://169.254.169.254');
  if (pathname === '/metadata/instance') {
    if (headers.metadata !== 'true') return { status: 400 };
    return JSON.stringify({
      compute: {
        location: 'westeurope',
        name: instance.hostName.split('.')[0],
        osProfile: { adminUsername: 'tarn', computerName: instance.hostName.split('.')[0], disablePasswordAuthentication: 'true' },
        publicKeys: [{ keyData: instance.sshKey, path: '/home/tarn/.ssh/authorized_keys' }],
        userData: Buffer.from(instance.userData).toString('base64'),
        vmId: instance.id,
      },
      network: {
        interface: [
          {
            macAddress: hardwareAddress.replaceAll(':', ''),
            ipv4: { ipAddress: [{ privateIpAddress: '169.254.169.20' }], subnet: [{ address: '168.0.0.0', prefix: '7' }] },
            ipv6: { ipAddress: [] },
          },
        ],
      },
    });
  }
  if (!/^\/machine\/?$/.test(pathname) || !headers['x-ms-version']) return undefined;
  if (searchParams.get('comp') === 'health') return method === 'POST' ? '' : { status: 405 };
  if (searchParams.get('comp') !== 'goalstate') return undefined;
  return `<?xml version="1.0" encoding="utf-8"?>
<GoalState xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="goalstate10.xsd">
  <Version>2012-11-30</Version>
  <Incarnation>1</Incarnation>
  <Machine><ExpectedState>Started</ExpectedState></Machine>
  <Container>
    <ContainerId>c6d5526c-5ac2-4200-b6e2-56f2b70c5ab2</ContainerId>
    <RoleInstanceList>
      <RoleInstance>
        <InstanceId>${instance.id}</InstanceId>
        <State>Started</State>
        <Configuration />
      </RoleInstance>
    </RoleInstanceList>
  </Container>
</GoalState>
`;
}

/** https://docs.oracle.com/iaas/Content/Compute/Tasks/gettingmetadata.htm, its second version. */
function oracle(instance: Instance, { url, headers }: IncomingMessage): Reply {
  if (headers.authorization !== 'Bearer Oracle') return { status: 401 };
  if (url === '/opc/v2/vnics/') {
    const [privateIp, virtualRouterIp, subnetCidrBlock] = ['169.254.169.20', '169.254.169.2', '169.254.169.0/24'];
    return JSON.stringify([{ vnicId: 'ocid1.vnic.1', macAddr: hardwareAddress, privateIp, subnetCidrBlock, virtualRouterIp, vlanTag: 1 }]);
  }
  if (url !== '/opc/v2/instance/') return undefined;
  return JSON.stringify({
    id: instance.id,
    hostname: instance.hostName,
    displayName: instance.hostName.split('.')[0],
    ociAdName: 'eu-frankfurt-1-ad-1',
    region: 'eu-frankfurt-1',
    metadata: { ssh_authorized_keys: instance.sshKey, user_data: Buffer.from(instance.userData).toString('base64') },
  });
}

/** https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html, from a web server. */
function nocloud(instance: Instance, { url }: IncomingMessage): Reply {
  const files: Record<string, string> = {
    '/seed/meta-data': `instance-id: ${instance.id}\nlocal-hostname: ${instance.hostName}\npublic-keys:\n  - ${instance.sshKey}\n`,
    '/seed/user-data': instance.userData,
    '/seed/vendor-data': '',
  };
  return files[url ?? ''];
}
