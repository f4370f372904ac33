/** builtin:unpack-channel, as in Nix: the one folder of an archive, under the channel's name. */
import { BootflakeError } from '../base/errors.ts';
import { unpackArchive } from '../fetch/archive/unpack.ts';
import { moveCanonical, removeEntry } from '../system/file-operations.ts';
import { closeFileSources } from '../system/file-source.ts';
import { isFileName } from '../tree/file-name.ts';
import { attributeError, stringAttribute } from './attributes.ts';
import { makeDirectory } from './build-output.ts';
import type { BuiltinBuilder } from './builder.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

export const unpackChannel: BuiltinBuilder = {
  name: 'unpack-channel',
  async run(context) {
    const name = stringAttribute(context.attrs, 'channelName');
    if (!isFileName(name)) throw attributeError('channelName', 'a name without slashes', name);
    const source = stringAttribute(context.attrs, 'src');
    const archive = new InputFiles(context).source(source);
    const output = outputFile(context);
    const place = `${output}.unpacked`;
    try {
      const { tree } = unpackArchive(archive, source, place);
      if (tree === place)
        throw new BootflakeError({
          code: 'build/bad-archive',
          message: `channel tarball '${source}' contains more than one file, or none`,
        });
      makeDirectory(output);
      moveCanonical(tree, `${output}/${name}`);
      removeEntry(place);
    } finally {
      closeFileSources();
    }
    return { outputs: {} };
  },
};
