/** A machine with a name that runs becomes one of other systems (`vm switch`): two boots, and a third of its image after `vm update`. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace, type Outcome } from '../support/bootflake.ts';
import { thorough } from '../support/thorough.ts';

const options = { skip: !thorough && 'npm run test:all' };
const place = workplace('switch', { keep: process.env.BOOTFLAKE_TEST_PLACE });
const vm = (...args: string[]): Promise<Outcome> => place.bootflake(['vm', ...args], { timeoutSeconds: 400 });
after(async () => {
  if (thorough) await vm('rm', '--force', 'changing');
  place.remove();
});

const flake = join(place.folder, 'machine');
const target = (name: string): string => `path:${flake}#nixosConfigurations.${name}`;
const service = (text: string): string =>
  `{ wantedBy = [ "multi-user.target" ]; environment.TEXT = "${text}"; serviceConfig.ExecStart = "/usr/bin/sleep infinity"; }`;
const system = (text: string, more = ''): string =>
  `debian.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./machine.nix ({ pkgs, ... }: {
    systemd.services = { one = ${service(text)}; two = ${service('')}; }; ${more} }) ]; }`;

const inGuest = async (text: string): Promise<string> => {
  const { status, stdout, stderr } = await vm('exec', 'changing', '--', 'sh', '-c', text);
  assert.equal(status, 0, stderr);
  return stdout;
};
/** The numbers of the two services' processes. */
const processes = async (): Promise<string[]> => (await inGuest('systemctl show -P MainPID one two')).match(/\d+/g) ?? [];
const current = async (): Promise<string> => (await inGuest('readlink -f /run/current-system')).trim();

async function switched(...args: string[]): Promise<Outcome> {
  const outcome = await vm('switch', 'changing', ...args);
  assert.equal(outcome.status, 0, outcome.stderr);
  return outcome;
}

let imageSystem = '';
let second = '';

test('one unit restarts, and nothing else', options, async (t) => {
  mkdirSync(flake);
  copyFileSync('test/e2e/state-machine.nix', join(flake, 'machine.nix'));
  writeFileSync(
    join(flake, 'flake.nix'),
    `{
      inputs.debian.url = "debian/trixie";
      outputs = { debian, ... }: {
        nixosConfigurations = {
          first = ${system('first')};
          second = ${system('second')};
          packages = ${system('second', 'environment.systemPackages = [ pkgs.hello ];')};
          refused = ${system('third', 'system.preSwitchChecks.no = "false";')};
        };
      };
    }\n`,
  );
  const made = await vm('create', 'changing', target('first'), '-m', '768M', '--start');
  assert.equal(made.status, 0, made.stderr);
  await inGuest('systemctl is-system-running --wait');
  imageSystem = await current();
  const before = await processes();
  const dry = await switched(target('second'), '--action', 'dry-activate');
  assert.match(dry.stderr, /^would stop the following units: one\.service$/m);
  assert.deepEqual([await processes(), await current()], [before, imageSystem]);
  const done = await switched(target('second'));
  t.diagnostic(`switched in ${done.seconds.toFixed(1)} s`);
  assert.match(done.stderr, /^stopping the following units: one\.service$/m);
  assert.match(done.stderr, /^starting the following units: one\.service$/m);
  const now = await processes();
  assert.ok(now[0] !== before[0] && now[1] === before[1], `${before.join(' ')}, then ${now.join(' ')}`);
  second = await current();
  assert.notEqual(second, imageSystem);
  const refused = await vm('switch', 'changing', target('refused'));
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /Pre-switch checks failed/);
  assert.deepEqual([await processes(), await current()], [now, second]);
});

test('of another /usr the files that differ are sent; a rollback leads back, and lasts', options, async () => {
  const packages = await switched(target('packages'));
  // The merged tree has more than 100 MiB.
  assert.match(packages.stderr, /^sending \d of \d+ store paths to 'changing' \([\d.]+ (?:KiB|[1-9]\.\d MiB)\)$/m);
  assert.equal(await inGuest('hello'), 'Hello, world!\n');
  const back = await switched('--rollback');
  assert.match(back.stderr, /\(generation 2\), and starts it from now on/);
  assert.equal(await current(), second);
  assert.equal((await vm('restart', 'changing')).status, 0);
  assert.equal(await current(), second);
  assert.equal((await inGuest('readlink /nix/var/nix/profiles/system')).trim(), 'system-2-link');
  const { switched: noted } = JSON.parse((await vm('status', 'changing', '--json')).stdout) as { switched: object };
  assert.deepEqual(noted, { system: second });
});

test('after an update the image counts; the roll-back of that has what was switched to', options, async () => {
  const updated = await vm('update', 'changing');
  assert.equal(updated.status, 0, updated.stderr);
  assert.equal(await current(), imageSystem);
  assert.equal((await inGuest('ls /nix/var/nix/profiles')).trim(), 'system\nsystem-1-link');
  assert.doesNotMatch((await vm('status', 'changing')).stdout, /^switched/m);
  const none = await vm('switch', 'changing', '--rollback');
  assert.match(none.stderr, /instance\/no-generation/);
  assert.equal((await vm('stop', 'changing')).status, 0);
  assert.equal((await vm('rollback', 'changing')).status, 0);
  assert.match((await vm('status', 'changing')).stdout, new RegExp(`^switched +${second.replaceAll(/[.+?]/g, '\\$&')}$`, 'm'));
  const stopped = await vm('switch', 'changing');
  assert.match(stopped.stderr, /instance\/not-running/);
});
