/** Each built-in builder's attributes: those that name a path, and those that don't. */
export interface PathAttribute {
  /** Returns the attributes with `path` in this place; `input` is the package that is an input. */
  set(path: string, input: string): Record<string, unknown>;
  /** The file of the package to name: '' is the package itself. */
  suffix?: string;
  /** False when the output contains nothing of the file. */
  copies?: boolean;
  /** Error codes for a missing file. */
  missing?: string[];
}

export interface Row {
  builder: string;
  title: string;
  /** What a build needs besides the attribute in question. `input`: a store path that has every file. */
  attrs(input: string): Record<string, unknown>;
  /** By the attribute's name; words after it distinguish the kinds of values that it may have. */
  paths: Record<string, PathAttribute>;
  /** Attributes that do not name a file of this machine. A star stands for any name. */
  harmless: string[];
  /** The builder downloads: its attributes are read, and then it throws this code. */
  offline?: string;
  /** Has a URL instead of paths. */
  url?(address: string): Record<string, unknown>;
}

const common = ['name', 'builder', 'builderRevision'];

const image = {
  partitionTableType: 'legacy',
  diskSize: 24,
  seed: 'x',
  label: 'x',
  baseName: 'x',
  format: 'qcow2',
  directories: ['etc'],
  links: { a: 'b' },
  machine: { users: ['x'] },
};
const imageAttributes = [
  'nixDatabase',
  'layout',
  'partitionTableType',
  'diskSize',
  'bootSize',
  'additionalSpace',
  'rootMinimum',
  'rootMaximum',
  'seed',
  'label',
  'baseName',
  'format',
  'container',
  'container.*',
  'fsType',
  'compress',
  'inodes',
  'directories',
  'directories*',
  'links',
  'links.*',
  'machine',
  'machine.*',
  'contents',
  'contents[].target',
  'contents[].mode',
  'contents[].user',
  'contents[].group',
  'grub',
  'grub.config',
];
const content = (path: string): Record<string, unknown> => ({
  contents: [{ source: path, target: '/x', mode: '0644', user: 0, group: 0 }],
});

const grub = {
  kind: 'grub',
  distroName: 'x',
  bootloaderId: 'x',
  bios: null,
  biosCore: null,
  efi: null,
  removable: true,
  users: [{ name: 'x', password: 'x' }],
  timeout: 1,
  timeoutStyle: 'menu',
  default: '0',
  extraConfig: '',
  extraPerEntryConfig: '',
  extraEntries: '',
  extraEntriesBeforeNixOS: false,
  extraFiles: {},
  entryOptions: '',
  subEntryOptions: '',
  copyKernels: true,
  fsIdentifier: 'uuid',
  font: null,
  splashImage: null,
  splashMode: 'stretch',
  backgroundColor: null,
  theme: null,
  gfxmode: { bios: '', efi: '' },
  gfxpayload: { bios: '', efi: '' },
};
const grubWith = (change: Record<string, unknown>): Record<string, unknown> => ({ bootLoader: { ...grub, ...change } });
const grubNames = Object.keys(grub).filter(
  (name) => !['bios', 'biosCore', 'efi', 'font', 'splashImage', 'theme', 'extraFiles'].includes(name),
);
const efiDisk = { partitionTableType: 'efi', diskSize: 80, bootSize: '40M' };
const systemdBoot = {
  kind: 'systemd-boot',
  distroName: 'x',
  systemd: null,
  timeout: '1',
  editor: true,
  consoleMode: 'keep',
  sortKey: 'x',
  entries: { 'x.conf': 'x' },
  files: {},
  xbootldr: false,
};

/** Missing files of a NixOS image. */
const missing = ['disk/missing-file', 'io/no-such-file'];

export const rows: Row[] = [
  {
    builder: 'tree',
    title: 'tree',
    attrs: () => ({ entries: [] }),
    paths: {
      'entries[].source': { set: (source) => ({ entries: [{ path: 'x', source }] }), missing: ['io/no-such-file'] },
      'entries[].union': {
        set: (path) => ({ entries: [{ path: 'x', union: [path], machineLinks: ['/usr/bin/none'] }] }),
        suffix: '/bin',
        copies: false,
      },
    },
    // The target of a link is plain text.
    harmless: [...common, 'entries', 'entries[].path', 'entries[].text', 'entries[].mode', 'entries[].target', 'entries[].machineLinks'],
  },
  {
    builder: 'buildenv',
    title: 'buildenv',
    attrs: (input) => ({ paths: [{ paths: [input], priority: 1 }], pathsToLink: ['/', '/bin/tool'] }),
    paths: {
      paths: { set: (path) => ({ paths: [path] }), copies: false, missing: ['build/not-a-directory'] },
      'paths[].path': { set: (path) => ({ paths: [{ path, priority: 1 }] }), copies: false, missing: ['build/not-a-directory'] },
      'paths[].paths': { set: (path) => ({ paths: [{ paths: [path], priority: 1 }] }), copies: false, missing: ['build/not-a-directory'] },
    },
    harmless: [...common, 'paths[].priority', 'pathsToLink', 'ignoreCollisions', 'derivations'],
  },
  {
    builder: 'buildenv',
    title: 'buildenv of Nix',
    attrs: (input) => ({ derivations: `true 5 1 ${input}`, manifest: '/nowhere' }),
    paths: { derivations: { set: (path) => ({ derivations: `true 5 1 ${path} true 5 0 false 1 1 /x` }), copies: false } },
    // What a link holds is text.
    harmless: [...common, 'manifest'],
  },
  {
    builder: 'unpack-channel',
    title: 'unpack-channel',
    attrs: (input) => ({ channelName: 'x', src: `${input}/channel.tar` }),
    paths: { src: { set: (src) => ({ src }), suffix: '/channel.tar', missing: ['io/no-such-file', 'build/not-a-file'] } },
    harmless: [...common, 'channelName'],
  },
  {
    builder: 'debian-tree',
    title: 'debian-tree',
    attrs: () => ({ debs: [], suite: 'trixie', alternatives: { '/usr/bin/x': '/usr/bin/y' } }),
    paths: {
      debs: { set: (path) => ({ debs: [path] }), missing: ['build/bad-attribute'] },
      certificates: { set: (path) => ({ certificates: [path] }), suffix: '/file', missing: ['io/no-such-file'] },
    },
    harmless: [...common, 'suite', 'alternatives', 'alternatives.*', 'distrustedCertificates'].concat([
      'folders',
      'depends',
      'files',
      'files.*',
      'unitPackages',
      'replacedUnits',
    ]),
  },
  {
    builder: 'debian-package',
    title: 'debian-package',
    offline: 'debian/offline',
    paths: {},
    attrs: () => ({
      pname: 'x',
      version: '1',
      architecture: 'all',
      filename: 'pool/x.deb',
      archive: 'debian',
      sha256: '0'.repeat(64),
      size: 1,
      exclude: ['/x'],
    }),
    harmless: [...common, 'pname', 'version', 'architecture', 'filename', 'archive', 'repository', 'sha256', 'size', 'exclude'],
  },
  {
    builder: 'fetchurl',
    title: 'fetchurl',
    attrs: () => ({}),
    paths: {},
    url: (url) => ({ url }),
    harmless: [...common, 'url', 'urls', 'unpack', 'executable'],
  },
  {
    builder: 'initrd',
    title: 'initrd',
    attrs: (input) => ({
      kernel: input,
      kernelVersion: '6.1.0',
      busybox: input,
      init: 'x',
      modules: ['thing'],
      availableModules: ['none'],
      extraFiles: {},
      compressor: 'none',
    }),
    paths: {
      kernel: { set: (kernel) => ({ kernel }), missing: ['initrd/no-modules'] },
      busybox: { set: (busybox) => ({ busybox }), missing: ['initrd/no-busybox'] },
      'extraFiles.*': { set: (path) => ({ extraFiles: { x: path } }), missing: ['io/no-such-file'] },
      prepend: { set: (path) => ({ prepend: [path] }), suffix: '/file', missing: ['io/no-such-file'] },
    },
    harmless: [...common, 'kernelVersion', 'init', 'modules', 'availableModules', 'laterModules', 'extraFiles', 'compressor'],
  },
  {
    builder: 'microcode',
    title: 'microcode',
    attrs: (input) => ({ package: input, vendor: 'intel' }),
    paths: { package: { set: (path) => ({ package: path }), missing: ['build/no-microcode'] } },
    harmless: [...common, 'vendor'],
  },
  {
    builder: 'systemd-initrd',
    title: 'systemd-initrd',
    attrs: (input) => ({
      kernel: input,
      kernelVersion: '6.1.0',
      modules: ['thing'],
      availableModules: ['none'],
      tree: input,
      paths: ['init'],
      optionalPaths: ['none'],
      programsOf: [],
      packageLinks: ['/nix/store/x'],
      contents: [],
      extraFiles: {},
      secrets: {},
      compressor: 'none',
    }),
    paths: {
      kernel: { set: (kernel) => ({ kernel }), missing: ['initrd/no-modules'] },
      tree: { set: (tree) => ({ tree }), missing: ['io/no-such-file'] },
      contents: { set: (path) => ({ contents: [path] }), missing: ['io/no-such-file'] },
      programsOf: { set: (path) => ({ programsOf: [path] }), copies: false },
      'extraFiles.*': { set: (path) => ({ extraFiles: { x: path } }), missing: ['io/no-such-file'] },
      'secrets.*': { set: (path) => ({ secrets: { x: path } }), missing: ['io/no-such-file'] },
      prepend: { set: (path) => ({ prepend: [path] }), suffix: '/file', missing: ['io/no-such-file'] },
    },
    harmless: [
      ...common,
      'kernelVersion',
      'modules',
      'availableModules',
      'laterModules',
      'paths',
      'optionalPaths',
      'packageLinks',
      'extraFiles',
      'secrets',
      'compressor',
    ],
  },
  {
    builder: 'squashfs',
    title: 'squashfs',
    attrs: () => ({ storeContents: [] }),
    paths: { storeContents: { set: (path) => ({ storeContents: [path] }) } },
    harmless: [...common, 'comp', 'pseudoFiles', 'noStrip', 'blockSize'],
  },
  {
    builder: 'tarball',
    title: 'tarball',
    attrs: () => ({ ...image, compression: 'none', fileName: 'x.tar' }),
    paths: {
      toplevel: { set: (toplevel) => ({ toplevel }) },
      additionalPaths: { set: (path) => ({ additionalPaths: [path] }) },
      'contents[].source': { set: content, suffix: '/file', missing: ['io/no-such-file'] },
      'beside[].source': { set: (source) => ({ beside: [{ source, target: 'x' }] }), suffix: '/file', missing: ['io/no-such-file'] },
    },
    // `usr` is the name of a path among those of the closure.
    harmless: [...common, ...imageAttributes, 'systemdBoot', 'usr', 'compression', 'fileName', 'folder', 'beside', 'beside[].target'],
  },
  {
    builder: 'oci-image',
    title: 'oci-image',
    // Its layers are packed.
    attrs: () => ({ ...image, fileName: 'x.tar', imageName: 'x', tag: 'latest' }),
    paths: {
      toplevel: { set: (toplevel) => ({ toplevel }), copies: false },
      additionalPaths: { set: (path) => ({ additionalPaths: [path] }), copies: false },
      'contents[].source': { set: content, suffix: '/file', missing: ['io/no-such-file'], copies: false },
    },
    harmless: [...common, ...imageAttributes, 'systemdBoot', 'usr', 'fileName', 'imageName', 'tag', 'config', 'config.*', 'maxLayers'],
  },
  {
    builder: 'uki',
    title: 'uki',
    attrs: (input) => ({
      stub: `${input}/stub.efi`,
      kernel: `${input}/file`,
      initrd: `${input}/file`,
      osRelease: `${input}/file`,
      cmdline: 'x',
      uname: 'x',
      fileName: 'x.efi',
    }),
    paths: {
      stub: { set: (stub) => ({ stub }), suffix: '/stub.efi', missing: ['io/no-such-file'] },
      kernel: { set: (kernel) => ({ kernel }), suffix: '/file', missing: ['io/no-such-file'] },
      initrd: { set: (initrd) => ({ initrd }), suffix: '/file', missing: ['io/no-such-file'] },
      osRelease: { set: (osRelease) => ({ osRelease }), suffix: '/file', missing: ['io/no-such-file'] },
    },
    harmless: [...common, 'cmdline', 'uname', 'fileName', 'toplevel'],
  },
  {
    builder: 'erofs',
    title: 'erofs',
    attrs: () => ({ storeContents: [] }),
    paths: { storeContents: { set: (path) => ({ storeContents: [path] }) } },
    harmless: [...common, 'label', 'pseudoFiles', 'noStrip'],
  },
  {
    builder: 'netboot-ramdisk',
    title: 'netboot-ramdisk',
    attrs: () => ({ contents: [] }),
    paths: {
      prepend: { set: (path) => ({ prepend: [path] }), suffix: '/file', missing: ['io/no-such-file'] },
      'contents[].source': { set: (source) => ({ contents: [{ source, target: '/x' }] }), missing: ['io/no-such-file'] },
    },
    harmless: [...common, 'contents', 'contents[].target'],
  },
  {
    builder: 'iso-image',
    title: 'iso-image',
    attrs: () => ({ isoName: 'x.iso' }),
    paths: {
      storeContents: { set: (path) => ({ storeContents: [path] }) },
      'contents[].source': { set: (source) => ({ contents: [{ source, target: '/x' }] }), missing: ['io/no-such-file'] },
      'grub.bios': { set: (bios) => ({ grub: { bios } }), missing: ['disk/no-grub'] },
      'grub.efi': { set: (efi) => ({ grub: { efi } }), suffix: '/file', missing: ['io/no-such-file'] },
      'grub.shim': { set: (shim, input) => ({ grub: { efi: `${input}/file`, shim } }), suffix: '/file', missing: ['io/no-such-file'] },
    },
    harmless: [...common, 'isoName', 'volumeID', 'contents', 'contents[].target', 'grub', 'grub.config', 'usbBootable', 'compress'],
  },
  {
    builder: 'grub-core',
    title: 'grub-core',
    attrs: () => ({ partitionTableType: 'legacy' }),
    paths: { grub: { set: (path) => ({ grub: path }), missing: ['disk/no-grub'], copies: false } },
    harmless: [...common, 'partitionTableType', 'layout'],
  },
  {
    builder: 'disk-image',
    title: 'disk-image',
    attrs: () => image,
    paths: {
      toplevel: { set: (toplevel) => ({ toplevel }) },
      additionalPaths: { set: (path) => ({ additionalPaths: [path] }) },
      'contents[].source': { set: content, suffix: '/file', missing: ['io/no-such-file'] },
      'grub.bios': { set: (bios) => ({ grub: { bios } }), missing: ['disk/no-grub'] },
      'grub.efi': { set: (efi) => ({ ...efiDisk, grub: { efi } }), missing: ['disk/no-grub'] },
      'grub.shim': {
        set: (shim, input) => ({ ...efiDisk, grub: { efi: `${input}/file`, shim } }),
        suffix: '/file',
        missing: ['disk/no-grub'],
      },
      'systemdBoot.systemd': {
        set: (systemd, input) => ({ ...efiDisk, toplevel: input, systemdBoot: { ...systemdBoot, systemd } }),
        missing: ['disk/no-systemd-boot'],
      },
      'systemdBoot.files.*': {
        set: (path, input) => ({ ...efiDisk, toplevel: input, systemdBoot: { ...systemdBoot, systemd: input, files: { x: path } } }),
        missing,
      },
    },
    harmless: [
      ...common,
      ...imageAttributes,
      'systemdBoot',
      ...Object.keys(systemdBoot)
        .filter((name) => !['systemd', 'files'].includes(name))
        .map((name) => `systemdBoot.${name}`),
      'systemdBoot.entries.*',
      'systemdBoot.files',
    ],
  },
  {
    builder: 'disk-image',
    title: 'disk-image of NixOS',
    attrs: (input) => ({ ...image, layout: 'nixos', toplevel: input, contents: [], bootLoader: { kind: 'none' } }),
    paths: {
      toplevel: { set: (toplevel) => ({ toplevel }), missing },
      additionalPaths: { set: (path) => ({ additionalPaths: [path] }), missing },
      channel: { set: (channel) => ({ channel }), missing },
      configFile: { set: (configFile) => ({ configFile }), suffix: '/file', missing },
      'contents[].source': { set: content, suffix: '/file', missing },
      'contents[].source of a folder': { set: content, missing },
      'contents[].source with a star': { set: content, suffix: '/fil*', missing: [...missing, 'disk/no-match'] },
      'contents[].source with a star before': { set: content, suffix: '/*/tool', missing: [...missing, 'disk/no-match'] },
      'bootLoader.bios': { set: (bios) => grubWith({ bios }), missing: [...missing, 'disk/no-grub'] },
      'bootLoader.biosCore': { set: (biosCore, input) => grubWith({ bios: input, biosCore }), missing },
      'bootLoader.efi': { set: (efi) => ({ ...efiDisk, ...grubWith({ efi }) }), missing: [...missing, 'disk/no-grub'] },
      'bootLoader.font': { set: (font) => grubWith({ font }), suffix: '/file', missing },
      'bootLoader.splashImage': { set: (splashImage) => grubWith({ splashImage }), suffix: '/image.png', missing },
      'bootLoader.theme': { set: (theme) => grubWith({ theme }), missing },
      'bootLoader.extraFiles.*': { set: (path) => grubWith({ extraFiles: { x: path } }), missing },
      'bootLoader.systemd': {
        set: (systemd) => ({ ...efiDisk, bootLoader: { ...systemdBoot, systemd } }),
        missing: [...missing, 'disk/no-systemd-boot'],
      },
      'bootLoader.files.*': {
        set: (path, input) => ({ ...efiDisk, bootLoader: { ...systemdBoot, systemd: input, files: { x: path } } }),
        missing,
      },
    },
    harmless: [
      ...common,
      ...imageAttributes,
      'systemdBoot',
      'onlyStore',
      'uuids',
      'uuids.*',
      'bootLoader',
      ...grubNames.map((name) => `bootLoader.${name}`),
      'bootLoader.users*',
      'bootLoader.gfxmode.*',
      'bootLoader.gfxpayload.*',
      'bootLoader.extraFiles',
      'bootLoader.links',
      'bootLoader.links.*',
      ...Object.keys(systemdBoot)
        .filter((name) => !['systemd', 'files'].includes(name))
        .map((name) => `bootLoader.${name}`),
      'bootLoader.entries.*',
      'bootLoader.files',
    ],
  },
];
