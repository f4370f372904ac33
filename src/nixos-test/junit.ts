/** JUnit's XML, which services for continuous integration read: https://github.com/testmoapp/junitxml . */
import type { SubtestResult } from './requests.ts';

export interface TestOutcome {
  name: string;
  /** Of the script. */
  seconds: number;
  subtests: SubtestResult[];
  failure?: { error: string; details: string } | undefined;
}

/** The test is a suite: its subtests, and the script as a whole. */
export function junitXml({ name, seconds, subtests, failure }: TestOutcome): string {
  const failed = subtests.filter(({ error }) => error !== undefined).length + (failure ? 1 : 0);
  const whole = { name: 'testScript', seconds, error: failure?.error, details: failure?.details };
  const cases = [...subtests.map((one) => ({ ...one, details: undefined })), whole].map((one) => {
    const head = `    <testcase name="${escaped(one.name)}" classname="${escaped(name)}" time="${one.seconds.toFixed(3)}"`;
    if (one.error === undefined) return `${head}/>\n`;
    return `${head}>\n      <failure message="${escaped(one.error)}">${escaped(one.details ?? one.error)}</failure>\n    </testcase>\n`;
  });
  const counts = `tests="${cases.length}" failures="${failed}" errors="0" time="${seconds.toFixed(3)}"`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n  <testsuite name="${escaped(name)}" ${counts}>\n` +
    `${cases.join('')}  </testsuite>\n</testsuites>\n`
  );
}

/** XML 1.0 has no other control characters, not even as references. */
function escaped(text: string): string {
  return text
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"\n\r\t]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
