import { BootflakeError } from '../../base/errors.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addInstallableOptions, readFlakeOptions, readInstallableOptions, refuseNamesWithAll } from '../options.ts';

export const copy: CommandSpec = {
  name: 'copy',
  summary: 'copy paths with all that they refer to between the store, binary caches and daemons of Nix',
  args: '[installables-or-paths...]',
  examples: [
    ['bootflake copy --to file:///tmp/cache ./result', 'into a folder, which any web server can offer'],
    ["bootflake copy --to 's3://bucket?secret-key=./secret-key' .#build-qcow2", 'build, sign, upload'],
    ['bootflake copy --from https://cache.example.org /nix/store/...-hello-2.12', 'from a cache, checking signatures'],
    ['bootflake copy --all --from file:///tmp/cache --no-check-sigs', 'all of an unsigned folder'],
  ],
  description:
    'Stores are file:///FOLDER, http(s)://HOST/PATH (written with PUT), s3://BUCKET, and a daemon of Nix at ssh-ng://[USER@]HOST or ' +
    'unix://SOCKET; without --from or --to it is the store of this machine. Parameters of the address: compression (zstd, br, gzip, xz, ' +
    'bzip2, lz4, none), compression-level, parallel-compression, secret-key, secret-keys, write-nar-listing; for s3 region, endpoint, ' +
    'scheme and profile.',
  interrupted: 'interrupted; what was copied stays and is complete',
  configure(command) {
    addInstallableOptions(command)
      .option('--from <url>', 'the store to copy from')
      .option('--to <url>', 'the store to copy to')
      .option('--all', 'every path of the store')
      .option('--no-recursive', 'only these paths; what they refer to must be there')
      .option('--no-check-sigs', 'take paths that no key of trusted-public-keys signed')
      .option('-o, --out-link <path>', 'make links to the paths that were named')
      .option('--stdin', 'read installables from standard input, one a line');
  },
  async run(terminal, options, args) {
    const names = [...args, ...(options.stdin ? await namesOnStandardInput() : [])];
    refuseNamesWithAll(options, names);
    const { from, to, outLink } = options as Record<string, string | undefined>;
    if (from === undefined && to === undefined)
      throw new BootflakeError({ code: 'cli/missing-option', message: "you must pass '--from' and/or '--to'" });
    const { copyPaths } = await import('../../api/copy-paths.ts');
    await copyPaths(pipelineContext(terminal, readFlakeOptions(options)), {
      ...readInstallableOptions(options),
      names: names.length > 0 || options.stdin ? names : ['.'],
      from,
      to,
      outLink,
      all: Boolean(options.all),
      recursive: options.recursive !== false,
      checkSigs: options.checkSigs !== false,
    });
  },
};

async function namesOnStandardInput(): Promise<string[]> {
  const { readStandardInput } = await import('../../system/standard-input.ts');
  return readStandardInput().toString('utf8').split(/\s+/).filter(Boolean);
}
