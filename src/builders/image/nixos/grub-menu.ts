/** grub.cfg as NixOS' GRUB installer writes it from `boot.loader.grub`: the same entries under the same names. */
import type { GrubSettings } from './attributes.ts';
import { IMAGE_DATE, type System } from './system.ts';

export interface GrubPlaces {
  /** Commands that find the partitions: `search --set=drive1 ...`. */
  search: string[];
  /** GRUB's name of /boot: `($drive1)/boot`, or `($drive1)`. */
  boot: string;
  /** The path from which GRUB reads a kernel or initrd. */
  fileOf(storePath: string): string;
}

export interface GrubMenu {
  settings: GrubSettings;
  places: GrubPlaces;
  system: System;
  specialisations: [string, System][];
}

export function grubMenu(menu: GrubMenu): string {
  const { settings, system } = menu;
  const extra = settings.extraEntries.replaceAll('@bootRoot@', menu.places.boot);
  const variants = menu.specialisations.map(([name, variant]) => ({
    name: `${settings.distroName} - ${variant.configurationName || `(${name} - ${IMAGE_DATE} - ${variant.version})`}`,
    system: variant,
  }));
  const lines = [
    '# Made from boot.loader.grub. Switching to another configuration makes it anew.',
    ...users(settings),
    ...menu.places.search,
    ...defaults(settings),
    ...graphics(settings, menu.places.boot),
    settings.extraConfig.replaceAll('@bootRoot@', menu.places.boot),
    ...(settings.extraEntriesBeforeNixOS ? [extra] : []),
    ...entry(menu, `${settings.distroName} - Default`, system, settings.entryOptions),
    ...(settings.extraEntriesBeforeNixOS ? [] : [extra]),
    ...variants.flatMap((variant) => entry(menu, variant.name, variant.system, settings.subEntryOptions)),
    `submenu "${settings.distroName} - All configurations" --class submenu {`,
    ...entry(menu, `${settings.distroName} - Configuration 1 (${IMAGE_DATE} - ${system.version})`, system, settings.subEntryOptions),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function users({ users: known }: GrubSettings): string[] {
  if (known.length === 0) return [];
  const passwords = known.map(({ name, password, hashedPassword }) =>
    hashedPassword !== undefined ? `password_pbkdf2 ${name} ${hashedPassword}` : `password ${name} ${password}`,
  );
  return [...passwords, `set superusers="${known.map(({ name }) => name).join(' ')}"`];
}

/** An entry chosen for the next boot only, by grub-reboot, takes precedence over the configured one. */
function defaults(settings: GrubSettings): string[] {
  return [
    'if [ -s $prefix/grubenv ]; then',
    '  load_env',
    'fi',
    'if [ "${next_entry}" ]; then',
    '  set default="${next_entry}"',
    '  set next_entry=',
    '  save_env next_entry',
    '  set timeout=1',
    '  set boot_once=true',
    'else',
    `  set default=${settings.default === 'saved' ? '"${saved_entry}"' : settings.default}`,
    `  set timeout=${settings.timeout}`,
    'fi',
    `set timeout_style=${settings.timeoutStyle}`,
    ...(settings.default === 'saved'
      ? [
          'function savedefault {',
          '  if [ -z "${boot_once}" ]; then',
          '    saved_entry="${chosen}"',
          '    save_env saved_entry',
          '  fi',
          '}',
        ]
      : []),
  ];
}

function graphics({ font, splashImage, splashMode, backgroundColor, theme, gfxmode, gfxpayload }: GrubSettings, boot: string): string[] {
  const lines = ['if [ "${grub_platform}" = "efi" ]; then', '  insmod efi_gop', '  insmod efi_uga', 'else', '  insmod vbe', 'fi'];
  if (font !== undefined) {
    lines.push(
      'insmod font',
      `if loadfont ${boot}/converted-font.pf2; then`,
      '  insmod gfxterm',
      '  if [ "${grub_platform}" = "efi" ]; then',
      `    set gfxmode=${gfxmode.efi}`,
      `    set gfxpayload=${gfxpayload.efi}`,
      '  else',
      `    set gfxmode=${gfxmode.bios}`,
      `    set gfxpayload=${gfxpayload.bios}`,
      '  fi',
      '  terminal_output gfxterm',
      'fi',
    );
  }
  if (splashImage !== undefined) {
    const suffix = splashSuffix(splashImage);
    if (backgroundColor !== undefined) lines.push(`background_color '${backgroundColor}'`);
    lines.push(
      `insmod ${suffix.slice(1)}`,
      `if background_image --mode '${splashMode}' ${boot}/background${suffix}; then`,
      '  set color_normal=white/black',
      '  set color_highlight=black/white',
      'else',
      '  set menu_color_normal=cyan/blue',
      '  set menu_color_highlight=white/blue',
      'fi',
    );
  }
  if (theme !== undefined) lines.push(`set theme=${boot}/theme/theme.txt`, 'export theme', 'insmod gfxmenu', 'insmod png', 'insmod jpeg');
  return lines;
}

/** With the name of GRUB's module that reads such a file. */
export function splashSuffix(path: string): string {
  const suffix = /\.[^./]*$/.exec(path)?.[0] ?? '';
  return suffix === '.jpg' ? '.jpeg' : suffix;
}

function entry({ settings, places }: GrubMenu, name: string, system: System, options: string): string[] {
  return [
    `menuentry "${name}" ${options} {`,
    ...(settings.default === 'saved' ? ['  savedefault'] : []),
    ...places.search.map((line) => `  ${line}`),
    ...(settings.extraPerEntryConfig ? [`  ${settings.extraPerEntryConfig}`] : []),
    `  linux ${places.fileOf(system.kernel)} ${system.parameters}`,
    `  initrd ${places.fileOf(system.initrd)}`,
    '}',
  ];
}
