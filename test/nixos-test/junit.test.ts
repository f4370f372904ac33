import assert from 'node:assert/strict';
import { test } from 'node:test';
import { junitXml } from '../../src/nixos-test/junit.ts';

test('a report has the subtests and the script, and no character that XML lacks', () => {
  const failure = { error: 'a < b & "c"', details: 'line\n\x1b[31mred\ud800' };
  const subtests = [
    { name: 'first', seconds: 0.5 },
    { name: 'second', seconds: 1, error: 'no' },
  ];
  assert.equal(
    junitXml({ name: 'web', seconds: 2.25, subtests, failure }),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="2" errors="0" time="2.250">
  <testsuite name="web" tests="3" failures="2" errors="0" time="2.250">
    <testcase name="first" classname="web" time="0.500"/>
    <testcase name="second" classname="web" time="1.000">
      <failure message="no">no</failure>
    </testcase>
    <testcase name="testScript" classname="web" time="2.250">
      <failure message="a &#60; b &#38; &#34;c&#34;">line&#10;\ufffd[31mred\ufffd</failure>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
});
