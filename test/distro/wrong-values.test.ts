/** Values of a wrong shape: the error names the option and where it is defined, and does not come from inside the distribution. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BootflakeError } from '../../src/base/errors.ts';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { printValue } from '../../src/eval/print.ts';
import { decodeBytes, encodeBytes } from '../../src/lang/bytes.ts';
import { MemoryHost } from '../eval/builtins/memory-host.ts';

const folder = fileURLToPath(new URL('modules', import.meta.url));
const file = join(folder, 'wrong-value.nix');
const ev = new Evaluator({ host: new MemoryHost(), builtins: allBuiltins, features: new Set<string>() });

interface Case {
  config: string;
  /** What is evaluated of `config`. */
  of: string;
  /** The option in the error's message. */
  option: string;
}

const etc = (name: string): string => `environment.etc."${name}".source.drvPath`;
const execOf = (name: string): string => `systemd.services.${name}.serviceConfig.ExecStart`;
const httpd = (host: string, more = ''): Case => ({
  config: `services.httpd = { enable = true; adminAddr = "a@x.org"; virtualHosts."x.org" = { ${host} }; ${more} };`,
  of: 'services.httpd.configFile.drvPath',
  option: '',
});

const cases: Case[] = [
  {
    config: 'services.knot = { enable = true; settings.acl = [ { address = "1.2.3.4"; } ]; };',
    of: etc('knot/knot.conf'),
    option: 'services.knot.settings.acl',
  },
  {
    config: 'services.knot = { enable = true; settings.zone = [ { storage = "/x"; } ]; };',
    of: etc('knot/knot.conf'),
    option: 'services.knot.settings.zone',
  },
  { config: 'services.knot = { enable = true; settings = "x"; };', of: etc('knot/knot.conf'), option: 'services.knot.settings' },
  {
    config: 'services.dovecot2 = { enable = true; mailboxes = [ { auto = "create"; } ]; };',
    of: 'services.dovecot2.mailboxes',
    option: 'services.dovecot2.mailboxes',
  },
  {
    config: 'services.bind = { enable = true; zones = [ { file = "/x"; master = true; } ]; };',
    of: 'services.bind.configFile.drvPath',
    option: 'services.bind.zones',
  },
  {
    ...httpd('servedDirs = [ { url = "/x"; dir = "/y"; } ];'),
    option: 'services.httpd.virtualHosts."x.org".servedDirs.[definition 1-entry 1]',
  },
  {
    ...httpd('servedDirs = [ { urlPath = 3; dir = "/y"; } ];'),
    option: 'services.httpd.virtualHosts."x.org".servedDirs.[definition 1-entry 1].urlPath',
  },
  {
    ...httpd('servedFiles = [ { urlPath = "/x"; } ];'),
    option: 'services.httpd.virtualHosts."x.org".servedFiles.[definition 1-entry 1]',
  },
  {
    ...httpd('', 'extraModules = [ "ghost" { name = "x"; } ];'),
    option: 'services.httpd.extraModules.[definition 2-entry 2]',
  },
  {
    config: 'services.deluge = { enable = true; declarative = true; authFile = "/a"; config.download_location = 3; };',
    of: 'systemd.tmpfiles.settings.deluge',
    option: 'services.deluge.config.download_location',
  },
  {
    config:
      'services.deluge = { enable = true; declarative = true; authFile = "/a"; openFirewall = true; config = { random_port = false; listen_ports = 6881; }; };',
    of: 'networking.firewall.allowedTCPPortRanges',
    option: 'services.deluge.config.listen_ports',
  },
  {
    config: 'services.deluge = { enable = true; declarative = true; authFile = "/a"; config.x = x: x; };',
    of: 'services.deluge.config',
    option: 'services.deluge.config.x',
  },
  {
    config: 'virtualisation.podman = { enable = true; defaultNetwork.settings = [ ]; };',
    of: 'virtualisation.podman.defaultNetwork.settings',
    option: 'virtualisation.podman.defaultNetwork.settings',
  },
  { config: 'docker-containers = [ ];', of: 'virtualisation.oci-containers.containers', option: 'docker-containers' },
  { config: 'docker-containers.x = "image";', of: 'virtualisation.oci-containers.containers', option: 'docker-containers' },
  {
    config:
      'services.oauth2-proxy = { enable = true; package = pkgs.hello; clientID = "a"; clientSecret = "b"; cookie.secret = "c"; extraConfig.c = x: x; };',
    of: execOf('oauth2-proxy'),
    option: 'services.oauth2-proxy.extraConfig.c',
  },
  {
    config: 'services.prometheus = { enable = true; alertmanagers = [ { static_configs = x: x; } ]; };',
    of: 'services.prometheus.alertmanagers',
    option: 'services.prometheus.alertmanagers.[definition 1-entry 1].static_configs',
  },
  {
    config: 'services.prometheus.alertmanager = { enable = true; configuration.route = x: x; };',
    of: 'services.prometheus.alertmanager.configuration',
    option: 'services.prometheus.alertmanager.configuration.route',
  },
  {
    config: 'services.victoriametrics = { enable = true; prometheusConfig.scrape_configs = x: x; };',
    of: 'services.victoriametrics.prometheusConfig',
    option: 'services.victoriametrics.prometheusConfig.scrape_configs',
  },
  {
    config: 'virtualisation.containers = { enable = true; policy.default = x: x; };',
    of: 'virtualisation.containers.policy',
    option: 'virtualisation.containers.policy.default',
  },
  {
    config: 'programs.direnv = { enable = true; settings.x = x: x; };',
    of: 'programs.direnv.settings',
    option: 'programs.direnv.settings.x',
  },
  {
    config: 'programs.git = { enable = true; config.a.b = x: x; };',
    of: etc('gitconfig'),
    option: 'programs.git.config.a.b',
  },
  {
    config: 'services.home-assistant = { enable = true; package = pkgs.hello; lovelaceConfig = [ ]; };',
    of: 'services.home-assistant.lovelaceConfig',
    option: 'services.home-assistant.lovelaceConfig',
  },
  { config: 'nix.registry.x.flake = { };', of: 'nix.registry.x.to', option: 'nix.registry.x.flake' },
  { config: 'boot.supportedFilesystems = [ 3 ];', of: 'boot.supportedFilesystems', option: 'boot.supportedFilesystems' },
  {
    config: 'services.xserver.xkb.options = [ 3 ];',
    of: 'services.xserver.xkb.options',
    option: 'services.xserver.xkb.options',
  },
];

function failure({ config, of }: Case): string {
  const expression = `builtins.toJSON (import ./system.inc ({ pkgs, ... }: { _file = "${file}"; config = { ${config} }; })).config.${of}`;
  try {
    ev.toplevel(() => ev.evalString(...([expression, folder, file].map(encodeBytes) as [string, string, string])));
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    return decodeBytes(error.message);
  }
  return 'no failure';
}

for (const wrong of cases)
  test(wrong.config, () => {
    const message = failure(wrong);
    assert.ok(message.includes(`${wrong.option}' is not of type`) || message.startsWith(`${wrong.option} `), message);
    assert.ok(message.includes(file), message);
  });

test('settings of fail2ban in place of those that are there by default', () => {
  const config = 'services.fail2ban = { enable = true; daemonSettings = lib.mkForce { a.b = 1; }; };';
  const expression = `(import ./system.inc ({ lib, ... }: { ${config} })).config.systemd.services.fail2ban.serviceConfig.PIDFile`;
  const [text, base, name] = [expression, folder, file].map(encodeBytes) as [string, string, string];
  assert.equal(
    ev.toplevel(() => printValue(ev.evalString(text, base, name), { style: 'instantiate', force: true })),
    '"/run/fail2ban/fail2ban.pid"',
  );
});
