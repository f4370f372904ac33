/**
 * Puts a string with a line break into each place of a system's options that takes a string: either it is refused, or no line of any
 * generated file starts with the second half. The places are found by the options' types. One in sixty is tried, one in eight with
 * BOOTFLAKE_TEST_ALL=1.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sampleOf, thorough } from '../../support/thorough.ts';
import { MachineEvaluator, nixOf, PlainEvaluator } from './evaluators.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

interface Place {
  option: string;
  owner: string;
  renamed: boolean;
  path: string[];
  value: unknown;
}

/** The generated texts in which the string starts a new line. */
type Outcome = 'refused' | string[];

/** Options whose string is all or part of a file of its own, is in shell quotes that may span lines, or is not in a line-based file. */
const mayBreak: Record<string, string> = {
  'boot.initrd.systemd.units.probe.text': 'a whole unit',
  'environment.profileRelativeEnvVars.probe.*': 'in quotes of the shell',
  'environment.profileRelativeSessionVariables.probe.*': 'in quotes of the shell',
  'environment.profiles.*': 'in quotes of the shell',
  'environment.shellAliases.probe': 'in quotes of the shell',
  'environment.variables.probe': 'in quotes of the shell',
  'environment.variables.probe.*': 'in quotes of the shell',
  'programs.bash.shellAliases.probe': 'in quotes of the shell',
  'programs.fish.shellAbbrs.probe': 'in quotes of the shell',
  'programs.fish.shellAliases.probe': 'in quotes of the shell',
  'programs.less.lessclose': 'in quotes of the shell',
  'programs.less.lessopen': 'in quotes of the shell',
  'programs.zsh.shellAliases.probe': 'in quotes of the shell',
  'services.getty.greetingLine': 'text for people',
  'system.activationScripts.probe': 'a script',
  'system.preSwitchChecks.probe': 'a script',
  'systemd.units.probe.text': 'a whole unit',
  'systemd.user.units.probe.text': 'a whole unit',
};

const plain = new PlainEvaluator();
const places = plain.value<Place[]>('(import ./line-breaks.inc).places');
const sample = sampleOf(places, ({ option }) => option, 60, 8);
const outcomes = new Map<Place, Outcome>();

test("no line of a generated file starts with a string's second line", () => {
  assert.ok(places.length > 400, `${places.length} places`);
  const machine = new MachineEvaluator(1024);
  const found = machine.each<Outcome>('(import ./line-breaks.inc).outcome', sample, 4);
  sample.forEach((place, i) => outcomes.set(place, found[i]!));
  const broken = [...outcomes].filter(([{ option }, outcome]) => outcome !== 'refused' && outcome.length > 0 && !mayBreak[option]);
  assert.deepEqual(
    broken.map(([place, outcome]) => `${place.option}: ${String(outcome)}`),
    [],
  );
  const gone = Object.keys(mayBreak).filter((option) => !places.some((place) => place.option === option));
  assert.deepEqual(gone, []);
});

function errorOf(place: Place): string {
  try {
    return plain.value(`(import ./line-breaks.inc).evaluated ${nixOf(place)}`);
  } catch (error) {
    return (error as Error).message;
  }
}

test('the error names the option', () => {
  const refused = [...outcomes].filter(([, outcome]) => outcome === 'refused').map(([place]) => place);
  assert.ok(refused.length > 0);
  // The error names the new name of a renamed option.
  const named = refused.filter((place) => !place.renamed).filter((_, i) => thorough || i % 4 === 0);
  const nameless = named.map((place) => [place, errorOf(place)] as const).filter(([place, message]) => !message.includes(place.owner));
  assert.deepEqual(
    nameless.map(([place, message]) => `${place.option}: ${message}`),
    [],
  );
});

const folder = scratchFolder();

test('shells read variables and aliases with line breaks as written', () => {
  const value = 'one\ntwo "three" `four` \\five \'six\' $(echo seven)';
  const module = `{ environment = { variables.PROBE = ${nixOf(value)}; shellAliases.probe = ${nixOf('printf %s "a\nb"')}; }; }`;
  const texts = plain.value<Record<string, string>>(`
    let inherit ((import ./system.inc { modules = [ ./everything.inc ${module} ]; }).config.environment) etc;
    in { environment = etc.set-environment.text; bashrc = etc.bashrc.text; }`);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  const shown = spawnSync('sh', ['-c', `. ${folder}/environment; printf %s "$PROBE"`], { encoding: 'utf8' });
  assert.equal(shown.stdout, value.replace('$(echo seven)', 'seven'), shown.stderr);
  const interactive = `shopt -s expand_aliases; PS1=x __ETC_PROFILE_SOURCED=1; . ${folder}/bashrc; eval probe`;
  const alias = spawnSync('bash', ['--norc', '-c', interactive], { encoding: 'utf8' });
  assert.equal(alias.stdout, 'a\nb', alias.stderr);
});
