/**
 * A module of nixpkgs that one of the distribution takes the place of loses no option by that. BOOTFLAKE_TEST_NIXPKGS_TREE is the source
 * of a nixpkgs; the exceptions are those of October 2020's.
 */
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

const tree = process.env.BOOTFLAKE_TEST_NIXPKGS_TREE;
const place = workplace('their-options');
after(() => place.remove());

/** What is not declared, with the reason. */
const exceptions: [RegExp, string][] = [
  [
    /^services\.(?:tor|mosquitto|yggdrasil|grafana|restic|plex|nscd|dbus|journald|logind|nginx\.enableSandbox)\b/,
    'NixOS has other names since 2021',
  ],
  [/^services\.postgresql\.ensureUsers\.<name>\.ensurePermissions$/, 'NixOS removed it'],
  [
    /^(?:security\.apparmor\.profiles|fileSystems\.<name>\.formatOptions|boot\.initrd\.mdadmConf|systemd\.network\.networks\.<name>\.ipv6PrefixDelegationConfig|containers\.<name>\.pkgs)$/,
    'NixOS removed it',
  ],
  [
    /^(?:virtualisation\.containers\.containersConf|nix\.(?:daemonIONiceLevel|daemonNiceLevel|readOnlyStore))$/,
    'NixOS has other names since 2021',
  ],
  [
    /^(?:boot\.vesa|boot\.kernel\.randstructSeed|boot\.zfs\.enableUnstable|system\.replaceRuntimeDependencies)$/,
    'Debian compiles nothing anew',
  ],
  [/^boot\.loader\.(?:grub\.(?:forcei686|fsIdentifier|storePath)|generic-extlinux-compatible\.populateCmd)\b/, 'images are made otherwise'],
  [/^services\.mingetty\.serialSpeed$|\.ec2_sd_configs\./, 'NixOS has other names since 2021'],
  [/^security\.pam\./, 'not there yet'],
  [/^(?:environment\.(?:gnome3|lxqt|mate|pantheon)|services\.(?:gnome3|pantheon))\./, 'no graphical system'],
  [/^boot\.loader\.grub\.(?:fontSize|gfxpayload|splashMode|memtest86)/, 'not there yet'],
  [/^(?:location\.|systemd\.additionalUpstreamSystemUnits$)/, 'fromNixpkgs declares it'],
  [/^services\.xserver\./, 'no graphical system: its options of 2020 are only as far as keyboards need them'],
];

test('modules in place of those of nixpkgs declare their options', async (t) => {
  if (tree === undefined) return t.skip('BOOTFLAKE_TEST_NIXPKGS_TREE names no nixpkgs');
  copyFileSync('test/distro/their-options.nix', join(place.folder, 'their-options.nix'));
  writeFileSync(
    join(place.folder, 'flake.nix'),
    `{
      inputs.nixpkgs.url = "debian/trixie";
      outputs = { self, nixpkgs }: {
        lacking = import ./their-options.nix { inherit nixpkgs; tree = builtins.getEnv "BOOTFLAKE_TEST_NIXPKGS_TREE"; };
      };
    }`,
  );
  const asked = await place.bootflake(['eval', '--impure', '--json', `path:${place.folder}#lacking`]);
  assert.equal(asked.status, 0, asked.stderr);
  const lacking = Object.values(JSON.parse(asked.stdout) as Record<string, string[]>).flat();
  assert.ok(lacking.some((name) => name.startsWith('services.xserver.windowManager.')));
  assert.deepEqual(
    lacking.filter((name) => !exceptions.some(([pattern]) => pattern.test(name))),
    [],
  );
});
