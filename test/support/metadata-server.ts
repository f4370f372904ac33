/**
 * The metadata services of clouds, for guests under test: EC2 (with sessions, "IMDSv2"), OpenStack, DigitalOcean and Google's Compute
 * Engine. They listen on this host; qemu's user network shows them to its guest at 169.254.169.254.
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

export type Cloud = 'ec2' | 'openstack' | 'digitalocean' | 'gce';

export interface MetadataServer {
  /** Requests that came, as `METHOD PATH STATUS`. */
  asked: string[];
  /** qemu's arguments for a guest in that cloud: its network, and what its firmware says. */
  qemuArguments: string[];
  close(): Promise<void>;
}

const hardwareAddress = '52:54:00:12:34:56';

type Reply = string | undefined | { status: number; body?: string };

/** `folder`: for a program of qemu's. */
export async function metadataServer(cloud: Cloud, instance: Instance, folder: string): Promise<MetadataServer> {
  const asked: string[] = [];
  const reply = { ec2, openstack, digitalocean, gce }[cloud];
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
  const network = `user,id=net,net=169.254.169.0/24,host=169.254.169.2,dns=169.254.169.3,dhcpstart=169.254.169.20${named}`;
  return {
    asked,
    qemuArguments: [
      ...['-netdev', `${network},guestfwd=tcp:169.254.169.254:80-cmd:${process.execPath} ${relay}`],
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
