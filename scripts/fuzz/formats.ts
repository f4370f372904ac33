/**
 * Fuzzing of the formats that come from outside: samples, most of them damaged, read by the product in a process with limits.
 *
 *     npm run fuzz:formats -- --format FORMAT [--seed N] [--minutes N | --count N] [--file FILE] [--folder FOLDER]
 *
 * The formats are archives, tar, deb, nar, index, lock, narinfo, substitute and daemon. A failure is an error that is not one of the
 * product's own, a run of more than 10 s, more than 512 MiB of memory, a file written outside the folder, or a result that differs from the
 * input. It is minimised, written to FOLDER and printed; the exit status is then 1. The seed repeats a run exactly; `--file` reads a
 * failure that was written.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { formatNames, type FormatName } from './formats/format.ts';
import { fuzz, runFile } from './formats/run.ts';

const { values } = parseArgs({
  options: {
    format: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1' },
    count: { type: 'string' },
    file: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
    readers: { type: 'string' },
  },
});
if (!formatNames.some((name) => name === values.format)) throw new Error(`--format must be one of ${formatNames.join(', ')}`);
const options = {
  format: values.format as FormatName,
  seed: Number(values.seed),
  minutes: Number(values.minutes),
  count: values.count === undefined ? undefined : Number(values.count),
  folder: values.folder,
  readers: values.readers,
  report: (line: string) => console.log(line),
};

if (values.file !== undefined) {
  const outcome = await runFile(options, values.file);
  console.log(
    outcome.kind === 'failed'
      ? `${outcome.failure.sort}\n${outcome.failure.detail}`
      : outcome.kind === 'refused'
        ? `refused: ${outcome.code}`
        : 'read',
  );
  process.exitCode = outcome.kind === 'failed' ? 1 : 0;
} else {
  const { cases, read, refused, found } = await fuzz(options);
  const codes = [...refused].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${count} ${code}`);
  const listed = codes.join(', ') || 'none';
  console.log(`${values.format}, seed ${values.seed}: ${cases} cases, ${read} read, refused ${listed}; ${found.length} sorts of failures`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
