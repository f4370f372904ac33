/**
 * A store in which one package is an input of the derivation under test, surrounded by what a hostile flake may try to reach: files of
 * the host, another package, symlinks to both. All have the same files, so that a builder could use any of them.
 */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeCanonicalTree } from '../../src/store/physical-tree.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { directory, file, symlink, type DirectoryNode } from '../../src/tree/file-tree.ts';
import { placeNode } from '../../src/tree/place.ts';
import { biosGrubFiles, efiGrubFiles } from '../disk/grub-files.ts';
import { moduleFile } from '../disk/module-file.ts';
import { stubFile } from '../disk/stub-file.ts';

/** Content that a builder must never read. */
export const SECRET = 'a secret of the host';
/** Content that it may read. */
export const PUBLIC = 'a word of an input';

const kernelVersion = '6.1.0';

/** Files for every builder and every role: a program, a kernel with modules, a system, GRUB, systemd-boot, an unpacked .deb and others. */
function everything(word: string): DirectoryNode {
  const modules = `usr/lib/modules/${kernelVersion}`;
  const facts = { name: 'p', version: '1', architecture: 'all', special: [], conffiles: [], replaces: '', provides: '', diversions: {} };
  const said = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Buffer.from(word)]);
  const files: Record<string, string | Uint8Array> = {
    file: word,
    'bin/tool': word,
    'usr/bin/busybox': word,
    'usr/share/word': word,
    'nix-support/debian.json': JSON.stringify(facts),
    [`${modules}/kernel/thing.ko`]: said(moduleFile({ depends: '' })),
    [`${modules}/modules.builtin`]: '',
    init: word,
    kernel: word,
    initrd: word,
    'kernel-params': word,
    'nixos-version': word,
    'configuration-name': word,
    'lib/systemd/boot/efi/systemd-bootx64.efi': word,
    'usr/lib/grub/x86_64-efi/monolithic/grubx64.efi': word,
    // Begins as Intel's updates for processors do.
    'usr/lib/firmware/intel-ucode/06-0f-0b': said(Buffer.from([1, 0, 0, 0])),
    'stub.efi': stubFile(word),
    'image.png': word,
    'channel.tar': tarOf(word),
  };
  for (const [path, bytes] of Object.entries({ ...biosGrubFiles('usr/lib/grub/i386-pc'), ...efiGrubFiles('usr/lib/grub/x86_64-efi') })) {
    // A kernel.img ends with a table, and cdboot.img has one size.
    files[path] = /(?:kernel|cdboot)\.img$/.test(path) ? bytes : said(bytes);
  }
  // Named as builtin:grub-core names them.
  Object.assign(files, { 'boot.img': said(Buffer.alloc(512, 1)).subarray(-512), 'core.img': said(Buffer.alloc(2048, 2)) });
  const root = directory();
  for (const [path, bytes] of Object.entries(files)) placeNode(root, path, file(bytes, 0o755));
  return root;
}

/** An archive of the folder `channel` with one file. */
function tarOf(word: string): Buffer {
  const header = Buffer.alloc(512);
  for (const [at, text] of [
    [0, 'channel/file'],
    [100, '0000644'],
    [108, '0000000'],
    [116, '0000000'],
    [136, '00000000001'],
    [257, 'ustar\u000000'],
  ] as const)
    header.write(text, at, 'latin1');
  header.write(word.length.toString(8).padStart(11, '0'), 124, 'latin1');
  header.write('        0', 148, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return Buffer.concat([header, Buffer.from(word.padEnd(512, '\0')), Buffer.alloc(1024)]);
}

export interface HostileStore {
  store: LocalStore;
  /** The input. */
  input: string;
  /** Another input: symlinks that point outside the inputs. */
  links: string;
  /** Folders that have every file and that no builder may see, by how a path names them. */
  outside: Record<string, string>;
  /** The same, but the path itself begins in an input. */
  led: Record<string, string>;
  /** Everything that belongs neither to the store nor to the test. */
  host: string;
}

/** Creates the store in `folder`, which is empty. */
export function hostileStore(folder: string): HostileStore {
  const store = LocalStore.open({ root: join(folder, 'root') });
  const host = join(folder, 'host');
  mkdirSync(host);
  writeCanonicalTree(join(host, 'private'), everything(SECRET));
  const hidden = join(host, 'private');
  const up = '../'.repeat(40).slice(0, -1);
  const add = (name: string, tree: DirectoryNode): string => store.addToStore(name, tree, { method: 'nar' });
  const input = add('input', everything(PUBLIC));
  const other = add('other', everything(SECRET));
  const links = add(
    'links',
    directory([
      ['absolute', symlink(hidden)],
      ['relative', symlink(`${up}${hidden}`)],
      ['other', symlink(other)],
      ['beside', symlink(`../${basename(other)}`)],
      ['twice', symlink('absolute')],
      ['loop', symlink('loop')],
      ['up', symlink('..')],
    ]),
  );
  // A path that shares only a prefix with the input and is not valid.
  cpSync(hidden, store.realPath(`${input}-more`), { recursive: true });
  symlinkSync(hidden, join(store.physicalStore, 'stray'));
  return {
    store,
    input,
    links,
    host,
    outside: {
      'a path of the host': hidden,
      'the same through the store': `/nix/store/${up}${hidden}`,
      'the same relatively': `${up.slice(1)}${hidden}`,
      'the same with slashes': `//${hidden.slice(1)}/.`,
      'its physical path': store.realPath(other),
      'another store path': other,
      'a path that begins like an input': `${input}-more`,
      'what lies in the store unregistered': '/nix/store/stray',
      "the store's folder": '/nix/store',
      'an address': `file://${hidden}`,
    },
    led: {
      'up from an input to the host': `${input}/${up}${hidden}`,
      'up from an input': `${input}/../${basename(other)}`,
      'an absolute link': `${links}/absolute`,
      'a relative link': `${links}/relative`,
      'a link to another store path': `${links}/other`,
      'a relative link to one': `${links}/beside`,
      'a link to a link': `${links}/twice`,
      'a link to itself': `${links}/loop`,
      'a link up': `${links}/up/${basename(other)}`,
      'through a link up': `${links}/absolute/../private`,
    },
  };
}
