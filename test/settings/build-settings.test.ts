import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBuildSettings } from '../../src/settings/build-settings.ts';
import { readSettings } from '../../src/settings/settings.ts';

const read = (settings: Record<string, string>) => readBuildSettings(new Map(Object.entries(settings)));

test('settings of builds have the defaults of Nix', () => {
  const { sandbox, sandboxPaths, sandboxBuildDir, cores, timeout, logLines, keepFailed, filterSyscalls, systemFeatures } = read({});
  assert.deepEqual(
    { sandbox, sandboxBuildDir, cores, timeout, logLines, keepFailed, filterSyscalls },
    { sandbox: 'true', sandboxBuildDir: '/build', cores: 0, timeout: 0, logLines: 25, keepFailed: false, filterSyscalls: true },
  );
  assert.deepEqual(sandboxPaths, [{ target: '/bin/sh', source: 'busybox', optional: false }]);
  assert.deepEqual(systemFeatures.slice(0, 3), ['nixos-test', 'benchmark', 'big-parallel']);
});

test('extra-NAME adds to the default, NAME replaces it', () => {
  const from = (nixSettings: Record<string, string>) => readSettings({ nixSettings }, { HOME: '/none' }).build;
  assert.deepEqual(from({ 'extra-sandbox-paths': '/x=/y?' }).sandboxPaths, [
    { target: '/bin/sh', source: 'busybox', optional: false },
    { target: '/x', source: '/y', optional: true },
  ]);
  assert.deepEqual(from({ 'sandbox-paths': '/a' }).sandboxPaths, [{ target: '/a', source: '/a', optional: false }]);
  assert.ok(from({ 'extra-system-features': 'quantum' }).systemFeatures.includes('big-parallel'));
  assert.deepEqual(from({ 'extra-platforms': 'riscv64-linux' }).extraPlatforms, ['riscv64-linux']);
});

test('values that no builder may be given are refused', () => {
  const refused: Record<string, string>[] = [
    { sandbox: 'maybe' },
    { 'sandbox-paths': 'relative' },
    { 'sandbox-paths': '/x=relative' },
    { 'sandbox-paths': '/x/../y' },
    { 'sandbox-paths': '/x/=/y' },
    { 'sandbox-build-dir': 'build' },
    { 'sandbox-build-dir': '/' },
    { timeout: '-1' },
    { 'keep-failed': '2' },
  ];
  for (const settings of refused) assert.throws(() => read(settings), { code: 'flake/bad-settings' }, JSON.stringify(settings));
});
