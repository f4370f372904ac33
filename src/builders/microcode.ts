/**
 * builtin:microcode: the archive with a vendor's updates for processors that the kernel reads before anything else of the initrd, from a
 * package that has them in /usr/lib/firmware: https://docs.kernel.org/arch/x86/microcode.html
 */
import { BootflakeError } from '../base/errors.ts';
import { encodeAlignedCpio } from '../disk/cpio/newc.ts';
import { attributeError, stringAttribute } from './attributes.ts';
import { makeDirectory, writeBytes } from './build-output.ts';
import type { BuiltinBuilder } from './builder.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

interface Vendor {
  /** Below /usr/lib/firmware. */
  folder: string;
  /** The files with updates for the early boot. */
  files: RegExp;
  /** In the archive, as the kernel looks for it. */
  path: string;
  /** The first four bytes of each file, read as a little-endian number. */
  magic: number;
}

const vendors: Record<string, Vendor> = {
  intel: { folder: 'intel-ucode', files: /^[0-9a-f]{2}-[0-9a-f]{2}-[0-9a-f]{2}$/, path: 'kernel/x86/microcode/GenuineIntel.bin', magic: 1 },
  amd: { folder: 'amd-ucode', files: /^microcode_amd.*\.bin$/, path: 'kernel/x86/microcode/AuthenticAMD.bin', magic: 0x00414d44 },
};

/** Processors read updates from there only. */
const ALIGNMENT = 16;

export const microcode: BuiltinBuilder = {
  name: 'microcode',
  async run(context) {
    const { attrs } = context;
    const out = outputFile(context);
    const name = stringAttribute(attrs, 'vendor');
    const vendor = Object.hasOwn(vendors, name) ? vendors[name] : undefined;
    if (!vendor) throw attributeError('vendor', Object.keys(vendors).join(' or '), name);
    const files = new InputFiles(context);
    const source = stringAttribute(attrs, 'package');
    const folder = [`${source}/usr/lib/firmware/${vendor.folder}`, `${source}/lib/firmware/${vendor.folder}`].find(
      (candidate) => files.names(candidate).length > 0,
    );
    const updates = folder === undefined ? [] : files.names(folder).filter((file) => vendor.files.test(file));
    if (updates.length === 0)
      throw new BootflakeError({ code: 'build/no-microcode', message: `${source} has no files in usr/lib/firmware/${vendor.folder}` });
    const pieces = updates.map((file) => {
      const bytes = files.read(`${folder}/${file}`);
      if (bytes.length < 4 || bytes.readUInt32LE(0) !== vendor.magic)
        throw new BootflakeError({ code: 'build/no-microcode', message: `${folder}/${file} is no update for processors` });
      return bytes;
    });
    makeDirectory(out);
    writeBytes(`${out}/${name}-ucode.img`, encodeAlignedCpio(vendor.path, Buffer.concat(pieces), ALIGNMENT));
    return { outputs: { out: { references: [] } } };
  },
};
