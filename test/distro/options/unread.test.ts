/**
 * No option is accepted without effect: each is read when a system and its image are evaluated, if only for a warning. With
 * BOOTFLAKE_TEST_ALL=1 each option in turn is defined as an error, with which the evaluation must end; otherwise one in 160.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf } from '../../support/thorough.ts';
import { MachineEvaluator, PlainEvaluator } from './evaluators.ts';

interface Declared {
  name: string;
  loc: string[];
  internal: boolean;
  readOnly: boolean;
  /** True for the old names of options, which are read when they are defined. */
  renamed: boolean;
}

/** Options that a system does not read, with the reason. */
const unread: Record<string, string> = {
  'boot.uki.*': 'of system.build.uki, which is made beside the system',
  'boot.loader.efi.canTouchEfiVariables': 'permits what no image needs',
  'documentation.dev.enable': 'with documentation.man.enable, which a package set that is given refuses',
  'documentation.man.generateCaches': 'with documentation.man.enable, which a package set that is given refuses',
  'i18n.glibcLocales': 'refused when it is set; for others to read',
  'hardware.graphics.extraPackages32': 'for programs that are not there',
  lib: 'functions for other modules',
  'meta.*': 'what modules say about themselves',
  'programs.bash.enableCompletion': 'another name',
  'services.dbus.enable': 'can only be true',
  'image.*': 'of system.build.images, which are other systems',
  'services.openssh.knownHosts*': 'another name',
  'services.openssh.moduliFile': 'another name',
  'services.sshd.enable': 'another name',
  'system.boot.loader.*': 'of system.build.uki, and of images for the network',
  'systemd.services.<name>.confinement.fullUnit': 'all of the store is there',
  'specialisation.<name>.*': 'of a specialisation, which is another system',
  'users.extraGroups*': 'another name',
  'users.extraUsers*': 'another name',
  'users.users.<name>.passwordFile': 'another name',
  'virtualisation.diskImage': 'of system.build.vm, which is another system',
  'virtualisation.vmVariant': 'of system.build.vm, which is another system',
};
/** The module system adds these to every submodule. */
const isModuleSystems = (name: string): boolean => /(?:^|\.)_module\./.test(name);
const isExcepted = (name: string): boolean =>
  isModuleSystems(name) || Object.keys(unread).some((key) => (key.endsWith('*') ? name.startsWith(key.slice(0, -1)) : name === key));

const plain = new PlainEvaluator();
const declared = plain.value<Declared[]>('(import ./demand.inc).declared');
const wanted = declared.filter(({ name, readOnly, renamed }) => !readOnly && !renamed && !isExcepted(name));

test('every option is read', () => {
  assert.ok(wanted.length > 900, `${wanted.length} options`);
  plain.value('(import ./demand.inc).read');
  const read = new Set(plain.traces.map((trace) => trace.replace(/^option /, '')));
  assert.deepEqual(
    wanted.filter(({ name }) => !read.has(name)).map(({ name }) => name),
    [],
  );
  const needless = Object.keys(unread).filter((key) => !key.endsWith('*') && (read.has(key) || !declared.some(({ name }) => name === key)));
  assert.deepEqual(needless, []);
});

test('an error in an option fails the system', () => {
  const machine = new MachineEvaluator(1024);
  const tried = sampleOf(wanted, ({ name }) => name, 160, 16);
  const locs = tried.map(({ loc }) => loc);
  const fails = machine.each<boolean>('(import ./throws.inc).isFailure', locs, 6);
  assert.deepEqual(
    tried.filter((_, i) => !fails[i]).map(({ name }) => name),
    [],
  );
});
