/** What a user sees when something is wrong: what, where and a remedy; the status is not 0, and the next run succeeds. */
import assert from 'node:assert/strict';
import { createServer, request, type Server } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chooseMirrors } from '../../src/debian/mirrors.ts';
import { blogFlake, workplace, type Outcome } from '../support/bootflake.ts';

const place = workplace('errors');
after(() => place.remove());
let flake = '';

interface Case {
  name: string;
  configuration?: string;
  flakeEdit?: [file: string, from: string, to: string];
  args?: string[];
  /** Stderr must match each of them. */
  says: RegExp[];
}

const module = (body: string) => `{ config, lib, pkgs, ... }: {\n  system.stateVersion = "25.11";\n  ${body}\n}\n`;

const cases: Case[] = [
  {
    name: 'a syntax error',
    configuration: '{ pkgs, ... }: {\n  boot.kernelPackages = pkgs.linuxPackages_6_12\n  system.stateVersion = "25.11";\n}\n',
    says: [/syntax error/, /\.\/configuration\.nix:3:23/, /system\.stateVersion = "25\.11";/, /\[eval\/syntax\]/],
  },
  {
    name: 'a type error in an option',
    configuration: module('networking.hostName = 42;'),
    says: [/networking\.hostName/, /not of type/, /\.\/configuration\.nix:3:3/, /3\| {3}networking\.hostName = 42;/],
  },
  {
    name: 'an unknown option',
    configuration: module('networking.hostname = "x";'),
    says: [/networking\.hostname' does not exist/, /\.\/configuration\.nix:3:3/, /Did you mean `networking\.hostName'/],
  },
  {
    name: 'an unknown option defined by what is unknown too',
    configuration: module('services.teamspeak3 = lib.mkDefault config.hardware.x;'),
    says: [/services\.teamspeak3' does not exist/, /systemd\.services\.teamspeak3/, /module of nixpkgs/, /\.\/configuration\.nix:3:3/],
  },
  {
    name: 'several unknown options',
    configuration: module('networking.hostname = "x"; services.teamspeak3.enable = true; programs.foo.enable = true;'),
    says: [
      /networking\.hostname' in `\.\/configuration\.nix:3:3'\. Did you mean `networking\.hostName'/,
      /`services\.teamspeak3' in `\.\/configuration\.nix:3:30'.*systemd\.services\.teamspeak3/,
      /`programs\.foo' in.*environment\.systemPackages/,
    ],
  },
  {
    name: 'a file that is missing',
    configuration: module('environment.etc.motd.source = ./motd;'),
    says: [/path '\.\/motd' does not exist/, /at \.\/configuration\.nix:3:33/, /3\| {3}environment\.etc\.motd\.source = \.\/motd;/],
  },
  {
    name: 'a file that may not be read',
    configuration: module('environment.etc.motd.source = /etc/motd;'),
    says: [/access to absolute path '\/etc\/motd' is forbidden/, /at \.\/configuration\.nix:3:33/, /hint: Put the file in the flake/],
  },
  {
    name: 'a string for a set of options',
    configuration: module('fileSystems."/data" = "/dev/sdb1";'),
    says: [/`fileSystems\."\/data"' is a string, where a set of options belongs/, /In `\.\/configuration\.nix:3:3'/, /"\/dev\/sdb1"/],
  },
  {
    name: 'infinite recursion',
    configuration: module('networking.hostName = config.networking.hostName + "x";'),
    says: [
      /infinite recursion encountered.*option `networking\.hostName'/,
      /\.\/configuration\.nix:3:43/,
      /option `networking\.hostName', defined at `\.\/configuration\.nix:3:3'/,
    ],
  },
  {
    name: 'an import that is not there',
    configuration: module('imports = [\n    ./nothing.nix\n  ];'),
    says: [/'\.\/nothing\.nix' does not exist/, /\.\/configuration\.nix:4:7/],
  },
  {
    name: 'a profile that is not there',
    configuration: module('imports = [ "${modulesPath}/profiles/nothing.nix" ];').replace('pkgs, ...', 'pkgs, modulesPath, ...'),
    says: [/profiles\/nothing\.nix' does not exist/, /\.\/configuration\.nix:3:40/],
  },
  {
    name: 'a package without `pkgs.`',
    configuration: module('environment.systemPackages = [ git ];'),
    says: [/undefined variable 'git'/, /\.\/configuration\.nix:3:34/, /`pkgs\.git`/],
  },
  {
    name: 'an assertion of a module',
    configuration: module('assertions = [ { assertion = false; message = "the moon is not full"; } ];'),
    says: [/Failed assertions/, /the moon is not full/],
  },
  {
    name: 'a missing package',
    configuration: module('environment.systemPackages = [ pkgs.curll ];'),
    says: [/attribute 'curll' missing/, /\.\/configuration\.nix:3:39/, /Did you mean.*curl/],
  },
  {
    name: 'a kernel that the suite lacks',
    configuration: module('boot.kernelPackages = pkgs.linuxPackages_5_15;'),
    says: [/trixie has no Linux 5\.15/, /linuxPackages_6_12/],
  },
  {
    name: 'a Python that the suite lacks',
    configuration: module('environment.systemPackages = [ pkgs.python310 ];'),
    says: [/no Python 3\.10/, /python313/],
  },
  {
    name: 'a disk too small, said before anything is downloaded',
    flakeEdit: ['qcow.nix', 'diskSize = 10240', 'diskSize = 100'],
    says: [/too small by at least \d+ MiB: closure \d+ MiB.*root partition \d+ MiB/, /diskSize = "auto"/, /\[disk\/too-small\]/],
  },
  {
    name: 'two roots',
    configuration: module('fileSystems."/".device = "/dev/sda1";'),
    says: [/conflicting definition values/, /\.\/configuration\.nix:3:3/, /\.\/qcow\.nix:8:5/],
  },
  {
    name: 'a file that git does not track',
    configuration: module('imports = [ ./other.nix ];'),
    says: [/'\.\/other\.nix' exists but is not tracked by git/, /git add \.\/other\.nix/],
  },
  {
    name: 'an attribute that is none',
    args: ['build', '.#nixosConfigurations.build-qcow.config.system.build.qcow2'],
    says: [/build-qcow2/],
  },
  { name: 'a suite that is none', flakeEdit: ['flake.nix', 'debian/trixie', 'debian/potato'], says: [/potato/, /trixie/, /bookworm/] },
];

const edit = (file: string, from: string, to: string) => {
  const path = join(flake, file);
  const text = readFileSync(path, 'utf8');
  assert.ok(text.includes(from), `${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
};

test('errors in configurations name the cause, the place and a remedy', async (t) => {
  flake = await blogFlake(place);
  const original = readFileSync(join(flake, 'configuration.nix'), 'utf8');
  await place.bootflake(['flake', 'lock'], { cwd: flake });
  writeFileSync(join(flake, 'other.nix'), '{ }\n');
  for (const { name, configuration, flakeEdit, args, says } of cases) {
    await t.test(name, async () => {
      if (configuration) writeFileSync(join(flake, 'configuration.nix'), configuration);
      if (flakeEdit) edit(...flakeEdit);
      const outcome = await place.bootflake(args ?? ['build', '.#build-qcow2'], { cwd: flake });
      if (flakeEdit) edit(flakeEdit[0], flakeEdit[2], flakeEdit[1]);
      writeFileSync(join(flake, 'configuration.nix'), original);
      assert.equal(outcome.status, 1, outcome.stderr);
      for (const pattern of says) assert.match(outcome.stderr, pattern);
      assert.doesNotMatch(outcome.stderr, /downloading|fault of bootflake/);
      const lines = outcome.stderr.trimEnd().split('\n');
      const rows = lines
        .slice(lines.findIndex((line) => line.startsWith('error:')))
        .map((line) => Math.max(1, Math.ceil(line.length / 80)));
      assert.ok(rows.reduce((sum, n) => sum + n, 0) <= 24, outcome.stderr);
    });
  }
});

test("the blog's unchanged flake evaluates up to the names that trixie lacks", async () => {
  edit('flake.nix', 'debian/trixie', 'github:NixOS/nixpkgs/nixos-23.05');
  edit('configuration.nix', 'linuxPackages_6_12', 'linuxPackages_5_15');
  edit('configuration.nix', 'python313', 'python310');
  const override = ['build', '.#nixosConfigurations.build-qcow2.config.system.build.qcow2', '--override-input', 'nixpkgs', 'debian/trixie'];
  const kernel = await place.bootflake(override, { cwd: flake });
  assert.equal(kernel.status, 1);
  assert.match(kernel.stderr, /no Linux 5\.15.*linuxPackages_6_12/);
  edit('configuration.nix', 'linuxPackages_5_15', 'linuxPackages_6_12');
  const python = await place.bootflake(override, { cwd: flake });
  assert.equal(python.status, 1);
  assert.match(python.stderr, /no Python 3\.10.*python313/);
  edit('configuration.nix', 'python310', 'python313');
  edit('flake.nix', 'github:NixOS/nixpkgs/nixos-23.05', 'debian/trixie');
});

/** Forwards requests to the real mirror, and damages the responses whose path matches a pattern. */
async function spoiledMirror(spoil: (path: string, body: Buffer) => Buffer | 'cut' | number): Promise<{ server: Server; url: string }> {
  const real = chooseMirrors();
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    const base = path.startsWith('/debian-security')
      ? real.security + path.slice('/debian-security'.length)
      : real.debian + path.slice('/debian'.length);
    request(base, (answer) => {
      const chunks: Buffer[] = [];
      answer
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const body = Buffer.concat(chunks);
          const spoiled = answer.statusCode === 200 ? spoil(path, body) : body;
          if (typeof spoiled === 'number') return outgoing.writeHead(spoiled).end();
          outgoing.writeHead(answer.statusCode ?? 500, { 'content-length': body.length });
          if (spoiled === 'cut') outgoing.write(body.subarray(0, body.length >> 1), () => outgoing.destroy());
          else outgoing.end(spoiled);
        });
    }).end();
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const target = ['build', 'debian/trixie#bc', '--no-link', '--print-out-paths'];

async function throughMirror(
  spoil: (path: string, body: Buffer) => Buffer | 'cut' | number,
  environment: NodeJS.ProcessEnv = {},
  args = target,
): Promise<Outcome> {
  const { server, url } = await spoiledMirror(spoil);
  try {
    return await place.bootflake(args, {
      environment: {
        BOOTFLAKE_MIRROR: `${url}/debian`,
        BOOTFLAKE_SECURITY_MIRROR: `${url}/debian-security`,
        BOOTFLAKE_SNAPSHOT: url,
        ...environment,
      },
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const flipped = (body: Buffer): Buffer => {
  const copy = Buffer.from(body);
  copy[copy.length >> 1]! ^= 1;
  return copy;
};

test('refuses a package with one wrong bit and one that is always cut', async () => {
  const tampered = await throughMirror((path, body) => (/\/bc_.*\.deb$/.test(path) ? flipped(body) : body));
  assert.equal(tampered.status, 1, tampered.stderr);
  assert.match(tampered.stderr, /bc/);
  assert.match(tampered.stderr, /sha256|SHA-256|hash/i);
  const cut = await throughMirror((path, body) => (/\/bc_.*\.deb$/.test(path) ? 'cut' : body));
  assert.equal(cut.status, 1, cut.stderr);
  const gone = await throughMirror((path, body) => (/\/bc_.*\.deb$/.test(path) ? 404 : body));
  assert.equal(gone.status, 1);
  assert.match(gone.stderr, /flake update/);
});

test('reports a Release with a wrong signature and a mirror that is down', async () => {
  const other = { HOME: join(place.folder, 'other-home') };
  const bad = await throughMirror(
    (path, body) =>
      path.endsWith('/InRelease') ? Buffer.from(body.toString('latin1').replace('Origin: Debian', 'Origin: Debiam'), 'latin1') : body,
    other,
  );
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /signature/);
  const down = await place.bootflake(target, { environment: { ...other, BOOTFLAKE_MIRROR: 'http://127.0.0.1:9/debian' } });
  assert.equal(down.status, 1);
  assert.match(down.stderr, /127\.0\.0\.1:9/);
});

test('after ctrl-c at any moment the status is 130, the store verifies, and the next run succeeds', async () => {
  for (const milliseconds of [150, 700, 1500, 2500]) {
    const outcome = await place.bootflake(['build', '.#build-qcow2'], { cwd: flake, signalAfter: { milliseconds, signal: 'SIGINT' } });
    assert.ok(outcome.status === 130 || outcome.status === null || outcome.status === 0, `status ${outcome.status}: ${outcome.stderr}`);
    assert.equal((await place.bootflake(['store', 'verify'])).status, 0);
  }
  const built = await place.bootflake(target);
  assert.equal(built.status, 0, built.stderr);
  const verified = await place.bootflake(['store', 'verify', '--check-contents']);
  assert.equal(verified.status, 0, verified.stderr);
});
