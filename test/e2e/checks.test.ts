/** What is checked by programs while a system is built: a wrong configuration is refused with its lines, and a right one is not. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

const place = workplace('checks');
after(() => place.remove());

const machine = (body: string): string => `{ pkgs, ... }: {
  boot.kernelPackages = pkgs.linuxPackages;
  boot.isContainer = true;
  system.stateVersion = "25.11";
  services.openssh.enable = true;
  ${body}
}`;

const right = machine(`
  services.openssh.settings.Ciphers = [ "aes256-gcm@openssh.com" ];
  services.openssh.extraConfig = "Match User alice\\n  X11Forwarding no\\n";
  security.sudo.extraRules = [
    { groups = [ "users" ]; commands = [ { command = "/usr/bin/systemctl restart app"; options = [ "NOPASSWD" ]; } ]; }
  ];
  networking.firewall.extraInputRules = "iif eth7 meta skuid app ip saddr gateway tcp dport { ssh, 81 } accept";
  networking.nftables.preCheckRuleset = "sed -i s/gateway/192.0.2.1/ ruleset.conf";
  users.users.app = { isSystemUser = true; group = "app"; };
  users.groups.app = { };
  imports = [ ./nixos/modules/services/theirs.nix ];
  systemd.services.app = { serviceConfig.ExecStart = "/usr/bin/sleep inf"; wantedBy = [ "multi-user.target" ]; };
  systemd.services."app@".serviceConfig.ExecStart = "/var/lib/app/made-later %i";
  systemd.services."app@one".wantedBy = [ "multi-user.target" ];
  systemd.services."getty@tty3".wantedBy = [ "getty.target" ];
  systemd.services.sshd.serviceConfig.Nice = 5;
  systemd.services.absent.serviceConfig.Nice = 5;
  systemd.services."systemd-".serviceConfig.LogLevelMax = "notice";
  systemd.services.strict = { script = "echo \\"$HOME\\""; enableStrictShellChecks = true; };
  systemd.services.own = { script = "exec app"; path = [ (pkgs.writeShellScriptBin "app" "true") ]; startAt = "Mon *-*-* 03:00"; };
  fileSystems."/data" = { device = "none"; fsType = "tmpfs"; };
  systemd.services.data = { requires = [ "data.mount" ]; script = "true"; };
`);

/** What is wrong, and what is said of it. */
const faults: { name: string; body: string; says: RegExp[] }[] = [
  {
    name: 'sshd_config',
    body: 'services.openssh.extraConfig = "Match User alice\\n  X11Forwardin no\\n";',
    says: [/Bad configuration option: X11Forwardin/, /line \d+ of sshd_config: {3}X11Forwardin no/, /services\.openssh\.extraConfig/],
  },
  {
    name: 'a setting of sshd',
    body: 'services.openssh.settings.Ciphers = [ "rot13" ];',
    says: [/Bad SSH2 cipher spec 'rot13'/, /of sshd_config: Ciphers rot13/],
  },
  {
    name: 'sudoers',
    body: 'security.sudo.extraConfig = "alice ALL=(ALL NOPASSWD: ALL";',
    says: [/syntax error/, /line \d+ of sudoers: alice ALL=\(ALL NOPASSWD: ALL/, /security\.sudo\.extraConfig/],
  },
  {
    name: 'rules of nftables',
    body: 'networking.firewall.extraInputRules = "tcp dport 99999 accept";',
    says: [/Service out of range/, /line \d+ of ruleset\.conf: tcp dport 99999 accept/, /networking\.firewall\.extraInputRules/],
  },
  {
    name: 'a table of nftables',
    body: 'networking.nftables = { enable = true; tables.t = { family = "inet"; content = "chain a {\\n  tcp dprt 1\\n}"; }; };',
    says: [/syntax error/, /of ruleset\.conf: {3}tcp dprt 1/, /networking\.nftables\.tables\.t/],
  },
  {
    name: 'a script',
    body: `
      systemd.services.strict = {
        preStart = "for f in $(ls /srv); do\n  cat $f\ndone";
        script = "true";
        enableStrictShellChecks = true;
      };`,
    says: [/SC2045.*Iterating over ls output/, /SC2086/, /cat \$f/, /systemd\.services\.strict\.preStart/],
  },
  {
    name: 'units that are not there',
    body: `
      systemd.services.systemd-netwrkd.wantedBy = [ "multi-user.target" ];
      systemd.timers.backup.wantedBy = [ "timers.target" ];
      systemd.services."job@" = { script = "true"; wantedBy = [ "multi-user.target" ]; };`,
    says: [
      /systemd-netwrkd\.service: multi-user\.target wants it, and there is no such unit\. Similar names: .*systemd-networkd\.service/,
      /backup\.timer: timers\.target wants it, and there is no such unit/,
      /job@\.service: multi-user\.target cannot start a template without an instance: name one, as in job@one\.service/,
      /This comes from systemd\.services\."job@", systemd\.services\."systemd-netwrkd", systemd\.timers\."backup"/,
    ],
  },
  {
    name: 'a service that says nothing to run, and a pool of PHP whose user is not there',
    body: `
      systemd.services.backup = { wantedBy = [ "multi-user.target" ]; serviceConfig.ExecStrat = "/usr/bin/backup"; };
      services.phpfpm.pools.wiki = { user = "wiki"; group = "users"; settings = { pm = "static"; "pm.max_children" = 1; }; };`,
    says: [
      /services\.phpfpm\.pools\.wiki\.user is "wiki", but there is no such user, so the pool cannot start/,
      /backup\.service: it has neither serviceConfig\.ExecStart nor a script, and no package has a unit of its name/,
      /backup\.service: it sets ExecStrat=\/usr\/bin\/backup/,
    ],
  },
  {
    name: 'units',
    body: `
      systemd.services.bad.serviceConfig = { ExecStart = "/usr/bin/nosuch"; ExecStrat = "x"; Type = "forkin"; TimeoutStartSec = "5 foos"; };
      systemd.services.sshd-keygen.serviceConfig.Restrat = "no";
      systemd.timers.bad.timerConfig.OnCalendar = "dayly";`,
    says: [
      /bad\.service: line \d+ is ExecStrat=x: Unknown key 'ExecStrat'/,
      /bad\.service: line \d+ is Type=forkin: Failed to parse Type=forkin/,
      /bad\.service: line \d+ is TimeoutStartSec=5 foos/,
      /bad\.service: Command \/usr\/bin\/nosuch is not executable/,
      /sshd-keygen\.service: line \d+ is Restrat=no/,
      /bad\.timer: line \d+ is OnCalendar=dayly: Failed to parse calendar/,
      /This comes from systemd\.services\."bad", systemd\.services\."sshd-keygen", systemd\.timers\."bad"/,
    ],
  },
  {
    name: "units of users' managers",
    body: `
      systemd.user.services.mine = { serviceConfig = { ExecStart = "/usr/bin/nosuch"; Restrat = "no"; }; wantedBy = [ "defualt.target" ]; };
      systemd.user.timers.mine = { timerConfig.OnCalendar = "dayly"; wantedBy = [ "timers.target" ]; };
      systemd.user.services.other.wantedBy = [ "default.target" ];`,
    says: [
      /mine\.service: line \d+ is Restrat=no/,
      /mine\.service: Command \/usr\/bin\/nosuch is not executable/,
      /mine\.timer: line \d+ is OnCalendar=dayly: Failed to parse calendar/,
      /other\.service: default\.target wants it, and there is no such unit/,
      /This comes from systemd\.user\.services\."mine", systemd\.user\.services\."other", systemd\.user\.timers\."mine"/,
    ],
  },
  {
    name: 'units that wait for each other, or for what is not there',
    body: `
      systemd.services.one = { after = [ "two.service" ]; wantedBy = [ "multi-user.target" ]; script = "true"; };
      systemd.services.two = { after = [ "one.service" ]; wantedBy = [ "multi-user.target" ]; script = "true"; };
      systemd.services.three = { requires = [ "four.service" ]; script = "true"; };`,
    says: [/Found ordering cycle on (one|two)\.service/, /three\.service: .*four\.service not found/],
  },
  {
    name: 'a time of a service',
    body: 'services.fstrim = { enable = true; interval = "wekly"; };',
    says: [/fstrim\.timer.*OnCalendar=wekly/],
  },
];

const flake = join(place.folder, 'flake');
mkdirSync(flake);
writeFileSync(join(flake, 'right.nix'), right);
// NixOS does not refuse what systemd ignores in units of its own.
mkdirSync(join(flake, 'nixos/modules/services'), { recursive: true });
writeFileSync(
  join(flake, 'nixos/modules/services/theirs.nix'),
  '{ systemd.services.theirs.serviceConfig = { ExecStart = "/usr/bin/true"; StateDirectory = "/var/lib/theirs"; }; }',
);
faults.forEach(({ body }, i) => writeFileSync(join(flake, `fault${i}.nix`), machine(body)));
writeFileSync(
  join(flake, 'flake.nix'),
  `{
  inputs.nixpkgs.url = "debian/trixie";
  outputs = { self, nixpkgs }: {
    packages.x86_64-linux = builtins.mapAttrs (
      _: file: (nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ file ]; }).config.system.build.toplevel
    ) { right = ./right.nix; ${faults.map((_, i) => `fault${i} = ./fault${i}.nix;`).join(' ')} } // {
      older =
        let
          inherit (nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./older.nix ]; }) config pkgs;
        in
        pkgs.runCommand "older" { script = config.systemd.services.postgresql.preStart; passAsFile = [ "script" ]; } ''
          mkdir -p clusters/15
          echo 15 > clusters/15/PG_VERSION
          sed "s|/var/lib/postgresql|$PWD/clusters|g" "$scriptPath" > script
          if bash -e script 2> $out; then exit 1; fi
          [ "$(ls clusters)" = 15 ]
        '';
    };
  };
}
`,
);
writeFileSync(
  join(flake, 'older.nix'),
  machine(`
  services.postgresql.enable = true;`),
);
const build = (name: string) => place.bootflake(['build', '--no-link', `path:.#${name}`], { cwd: flake, timeoutSeconds: 900 });

test('a right configuration is built', async () => {
  const run = await build('right');
  assert.equal(run.status, 0, run.stderr);
});

faults.forEach(({ name, says }, i) =>
  test(`refused: ${name}`, async () => {
    const run = await build(`fault${i}`);
    assert.notEqual(run.status, 0);
    assert.match(run.stderr, /\[build\/failed\]/);
    for (const pattern of says) assert.match(run.stderr, pattern);
  }),
);

test('the data of an older PostgreSQL are left alone, with the way to upgrade', async () => {
  const run = await place.bootflake(['build', '-o', 'older', 'path:.#older'], { cwd: flake, timeoutSeconds: 900 });
  assert.equal(run.status, 0, run.stderr);
  const said = readFileSync(join(flake, 'older'), 'utf8');
  assert.match(said, /clusters\/15 has the data of PostgreSQL 15, and this system has PostgreSQL 17/);
  assert.match(said, /pg_dumpall > FILE[^]*Move \S+ away[^]*psql -f FILE postgres/);
});
