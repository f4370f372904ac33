/**
 * builtin:uki: a unified kernel image (attributes `stub`, systemd's linuxx64.efi.stub or the package systemd-boot-efi; `kernel`, `initrd`
 * and `osRelease`, files; `cmdline` and `uname`, strings; `fileName`; `toplevel`, which the result refers to).
 */
import { BootflakeError } from '../base/errors.ts';
import { BadStub, planUnifiedImage, type UnifiedSection } from '../disk/efi/unified-image.ts';
import { bytesSource } from '../tree/file-tree.ts';
import { fileNameAttribute, optionalString, stringAttribute } from './attributes.ts';
import { makeDirectory } from './build-output.ts';
import type { BuiltinBuilder } from './builder.ts';
import { writePlanFile } from './image/plan-file.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

const STUB = 'usr/lib/systemd/boot/efi/linuxx64.efi.stub';

export const uki: BuiltinBuilder = {
  name: 'uki',
  async run(context) {
    const { attrs } = context;
    const files = new InputFiles(context);
    const named = stringAttribute(attrs, 'stub');
    const stub = files.read(files.isFile(named) ? named : `${named}/${STUB}`);
    const text = (name: string): UnifiedSection['contents'] => bytesSource(Buffer.from(stringAttribute(attrs, name)));
    const fileName = fileNameAttribute(attrs, 'fileName');
    // The order of systemd's ukify: what is measured first comes first.
    const plan = planOrExplain(named, stub, [
      { name: '.osrel', contents: files.source(stringAttribute(attrs, 'osRelease')) },
      { name: '.cmdline', contents: text('cmdline') },
      { name: '.uname', contents: text('uname') },
      { name: '.initrd', contents: files.source(stringAttribute(attrs, 'initrd')) },
      { name: '.linux', contents: files.source(stringAttribute(attrs, 'kernel')) },
    ]);
    const out = outputFile(context);
    makeDirectory(out);
    await writePlanFile(context, plan, `${out}/${fileName}`, `writing ${fileName}`);
    const toplevel = optionalString(attrs, 'toplevel');
    return { outputs: { out: { references: toplevel === undefined ? [] : [toplevel] } } };
  },
};

function planOrExplain(path: string, stub: Buffer, sections: UnifiedSection[]): ReturnType<typeof planUnifiedImage> {
  try {
    return planUnifiedImage(stub, sections);
  } catch (error) {
    if (error instanceof RangeError)
      throw new BootflakeError({
        code: 'uki/too-large',
        message: `the unified kernel image is too large: ${error.message}`,
        hint: 'Leave packages out of the system, or use another kind of image, whose initrd has no system in it.',
        cause: error,
      });
    if (!(error instanceof BadStub)) throw error;
    throw new BootflakeError({
      code: 'uki/bad-stub',
      message: `${path} is no stub for a unified kernel image: ${error.message}`,
      hint: "Set `stub' to the package systemd-boot-efi, or to its linuxx64.efi.stub.",
      cause: error,
    });
  }
}
