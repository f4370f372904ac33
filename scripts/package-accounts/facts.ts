/** The accounts and folders that a package's maintainer scripts and its list for systemd-sysusers make. */
import { commandsOf } from './commands.ts';

export interface User {
  group?: string;
  groups?: string[];
  home?: string;
  shell?: string;
  description?: string;
}

export interface PackageFacts {
  users: Record<string, User>;
  groups: string[];
  /** `d PATH MODE USER GROUP` for a folder that is made, `z ...` for one that the package has; `-` where nothing is said. */
  folders: string[];
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_-]*$/;
/** Folders of the machine's own state. Those below /run are made by units, and those of dpkg and its like are not needed. */
const STATE = /^\/(?:var\/(?!run\/|lock\/|tmp(?:\/|$)|empty|lib\/(?:dpkg|ucf|systemd)\/|cache\/debconf)|srv\/)[\w./@+-]+$/;

export function factsOf(scripts: string, lists: string[] = []): PackageFacts {
  const facts = new Collected();
  for (const list of lists) facts.addList(list);
  for (const command of commandsOf(scripts)) facts.addCommand(command);
  return facts.result();
}

interface Owner {
  user?: string | undefined;
  group?: string | undefined;
}

interface Folder extends Owner {
  made: boolean;
  mode?: string;
}

class Collected {
  private readonly users = new Map<string, User>();
  private readonly groups = new Set<string>();
  private readonly folders = new Map<string, Folder>();
  /** Folders that `chown -R` gave to someone, with a slash at the end. */
  private readonly trees: ({ path: string } & Owner)[] = [];
  /** Paths that scripts treat as files. */
  private readonly files = new Set<string>();

  addList(text: string): void {
    for (const line of text.split('\n')) {
      const [kind, name, id = '-', gecos = '-', home = '-', shell = '-'] = fieldsOf(line);
      if (name === undefined || !NAME.test(name)) continue;
      if (kind === 'g') this.groups.add(name);
      else if (kind === 'm') this.join(name, id);
      else if (kind === 'u' || kind === 'u!') {
        const group = /^[\d-]*:([a-zA-Z_].*)$/.exec(id)?.[1];
        this.user(name, { group: group ?? name, description: said(gecos), home: said(home), shell: shellOf(said(shell)) });
      }
    }
  }

  addCommand([path, ...args]: string[]): void {
    switch (path!.replace(/^.*\//, '')) {
      case 'adduser':
        return this.adduser(args);
      case 'useradd':
        return this.useradd(args);
      case 'addgroup':
      case 'groupadd':
        return this.addGroup(plain(args, ['--gid', '-g', '--key', '-K']).words[0]);
      case 'usermod':
      case 'gpasswd':
        return this.joinGroups(args);
      case 'mkdir':
        return this.mkdir(args);
      case 'install':
        return this.install(args);
      case 'chown':
        return this.chown(args);
      case 'chgrp':
        return this.chown([`:${args[0]}`, ...args.slice(1)]);
      case 'chmod':
        return this.chmod(args);
      case 'dpkg-statoverride':
        return this.statoverride(args);
      case 'touch':
        return void args.forEach((file) => this.files.add(file));
      case '[':
      case 'test':
        if (args.includes('-f')) this.files.add(args[args.indexOf('-f') + 1] ?? '');
    }
  }

  result(): PackageFacts {
    for (const [, { group }] of this.users) if (group !== undefined) this.groups.add(group);
    const folders = [...this.folders].filter(([path, { made, mode, user, group }]) => {
      const looksLikeFile = this.files.has(path) || /\.[a-z]+$/.test(path);
      return STATE.test(path) && !path.includes('..') && !looksLikeFile && (made || mode || user || group);
    });
    return {
      users: Object.fromEntries([...this.users].sort(byName)),
      groups: [...this.groups].sort(),
      folders: folders.map(([path, f]) => `${f.made ? 'd' : 'z'} ${path} ${f.mode ?? '-'} ${f.user ?? '-'} ${f.group ?? '-'}`).sort(),
    };
  }

  private user(name: string, facts: User): void {
    const before = this.users.get(name) ?? {};
    const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    this.users.set(name, { ...before, ...given });
  }

  private addGroup(name: string | undefined): void {
    if (name !== undefined && NAME.test(name)) this.groups.add(name);
  }

  private join(user: string, group: string): void {
    if (!NAME.test(user) || !NAME.test(group)) return;
    const known = this.users.get(user) ?? {};
    if (known.group === group) return;
    const groups = [...new Set([...(known.groups ?? []), group])].sort();
    this.users.set(user, { ...known, groups });
  }

  private adduser(args: string[]): void {
    const valued = [
      '--home',
      '--shell',
      '--ingroup',
      '--gid',
      '--uid',
      '--gecos',
      '--comment',
      '--conf',
      '--firstuid',
      '--lastuid',
      '--add-extra-groups',
    ];
    const { options, words, flags } = plain(args, valued);
    const [name, group] = words;
    if (name === undefined || !NAME.test(name)) return;
    if (group !== undefined) return this.join(name, group);
    if (!flags.has('--system')) return;
    if (flags.has('--group') && !flags.has('--home') && args.at(-2) === '--group' && words.length === 1 && args.length === 3) {
      return this.addGroup(name);
    }
    const own = flags.has('--group') && options['--ingroup'] === undefined;
    this.user(name, {
      group: options['--ingroup'] ?? (own ? name : this.users.get(name)?.group),
      home: options['--home'],
      shell: shellOf(options['--shell']),
      description: options['--gecos'] ?? options['--comment'],
    });
    if (!flags.has('--no-create-home') && options['--home'] !== undefined) this.home(name, '0755');
  }

  private home(name: string, mode: string): void {
    const { home, group } = this.users.get(name)!;
    this.folder(home!, { made: true, mode, user: name, group: group ?? 'nogroup' });
  }

  private useradd(args: string[]): void {
    const long: Record<string, string> = {
      '--gid': '-g',
      '--groups': '-G',
      '--home-dir': '-d',
      '--home': '-d',
      '--shell': '-s',
      '--comment': '-c',
    };
    const valued = ['-g', '-G', '-d', '-s', '-c', '-u', '-b', '-k', '-K', '-p', '-e', '-f', '--uid', '--base-dir', ...Object.keys(long)];
    const { options, words, flags } = plain(args, valued);
    const [name] = words;
    if (name === undefined || !NAME.test(name)) return;
    const of = (short: string) =>
      options[short] ??
      Object.entries(long)
        .flatMap(([l, s]) => (s === short ? [options[l]] : []))
        .find(Boolean);
    this.user(name, { group: of('-g') ?? name, home: of('-d'), shell: shellOf(of('-s')), description: of('-c') });
    if ((flags.has('-m') || flags.has('--create-home')) && of('-d') !== undefined) this.home(name, '0700');
    for (const group of (of('-G') ?? '').split(',')) this.join(name, group);
  }

  private joinGroups(args: string[]): void {
    const { options, words } = plain(args, [
      '-G',
      '--groups',
      '-aG',
      '-a',
      '--add',
      '-g',
      '-d',
      '-s',
      '-c',
      '--home',
      '--shell',
      '--comment',
      '--gid',
    ]);
    const user = options['--add'] ?? (options['-G'] === undefined && options['-aG'] === undefined ? options['-a'] : undefined);
    if (user !== undefined && words[0] !== undefined && NAME.test(user) && options['--groups'] === undefined)
      return this.join(user, words[0]);
    const groups = options['-aG'] ?? options['-G'] ?? options['--groups'] ?? (options['-a'] === '-G' ? words.shift() : undefined);
    if (groups !== undefined && words[0] !== undefined) groups.split(',').forEach((group) => this.join(words[0]!, group));
  }

  private folder(path: string, facts: Partial<Folder>): void {
    const place =
      path.length > 1
        ? path
            .replace(/\/+$/, '')
            .replace(/\/{2,}/g, '/')
            .replace(/\/\.$/, '')
        : path;
    const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    const known = this.folders.get(place) ?? (facts.made ? {} : this.ownerOf(place));
    this.folders.set(place, { made: false, ...known, ...given });
  }

  private mkdir(args: string[]): void {
    const { options, words } = plain(args, ['-m', '--mode']);
    for (const path of words) this.folder(path, { made: true, mode: octal(options['-m'] ?? options['--mode']) });
  }

  private install(args: string[]): void {
    const { options, words, flags } = plain(args, ['-m', '--mode', '-o', '--owner', '-g', '--group']);
    if (!flags.has('-d') && !flags.has('--directory')) return words.slice(-1).forEach((path) => this.files.add(path));
    for (const path of words) {
      this.folder(path, {
        made: true,
        mode: octal(options['-m'] ?? options['--mode']),
        user: owner(options['-o'] ?? options['--owner']),
        group: owner(options['-g'] ?? options['--group']),
      });
    }
  }

  private chown(args: string[]): void {
    const { words, flags } = plain(args, ['--from']);
    const [whose = '', ...paths] = words;
    const [user, group] = whose.split(/[:.]/);
    // `user:' is the user and their own group: nogroup for an account of a service that has none.
    const known = this.users.get(user!);
    const own = !whose.endsWith(':') ? group : known ? (known.group ?? 'nogroup') : user;
    const whom = { user: owner(user), group: owner(own) };
    for (const path of paths) {
      this.folder(path, whom);
      if (!flags.has('-R') && !flags.has('--recursive')) continue;
      this.trees.push({ path: `${path.replace(/\/+$/, '')}/`, ...whom });
      for (const [place, folder] of this.folders) {
        if (place.startsWith(this.trees.at(-1)!.path) && !folder.user && !folder.group) this.folders.set(place, { ...folder, ...whom });
      }
    }
  }

  /** Whose a folder is that the package has, by the folders that were given away as a whole. */
  private ownerOf(place: string): Owner {
    const { user, group } = this.trees.findLast(({ path }) => place.startsWith(path)) ?? {};
    return { user, group };
  }

  private chmod(args: string[]): void {
    const [mode, ...paths] = plain(args, ['--reference']).words;
    const bits = octal(mode);
    if (bits !== undefined) for (const path of paths) this.folder(path, { mode: bits });
  }

  private statoverride(args: string[]): void {
    if (!args.includes('--add')) return;
    const [user, group, mode, path] = plain(args, ['--admindir', '--root']).words;
    if (path !== undefined) this.folder(path, { user: owner(user), group: owner(group), mode: octal(mode) });
  }
}

/** Options with values, flags, and the words that are neither. */
function plain(args: string[], valued: string[]) {
  const [options, flags, words]: [Record<string, string>, Set<string>, string[]] = [{}, new Set(), []];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const [, name, value] = /^(--[\w-]+)=(.*)$/s.exec(arg) ?? [];
    if (name !== undefined && valued.includes(name)) options[name] = value!;
    else if (valued.includes(arg)) options[arg] = args[++i] ?? '';
    else if (/^-./.test(arg)) {
      // `-m0750`, `-oroot`; and flags together, as -rM.
      const short = valued.find((option) => option.length === 2 && arg.startsWith(option));
      if (short) options[short] = arg.slice(2);
      else {
        flags.add(arg);
        if (/^-[a-zA-Z]+$/.test(arg)) for (const letter of arg.slice(1)) flags.add(`-${letter}`);
      }
    } else words.push(arg);
  }
  return { options, flags, words };
}

/** Without the one that accounts of services have anyway. */
const shellOf = (shell: string | undefined) => (/\/nologin$/.test(shell ?? '') ? undefined : shell);
const said = (field: string) => (field === '-' || field === '' ? undefined : field);
const owner = (name: string | undefined) => (name !== undefined && NAME.test(name) ? name : undefined);

/** Bits in octal; others set what the script's folders have anyway, as a rule. */
function octal(mode: string | undefined): string | undefined {
  const bits: Record<string, string> = {
    'u=rwx,g=rx,o=': '0750',
    'u=rwx,g=rxs,o=': '2750',
    'u=rwx,go=': '0700',
    'u=rwx,g=rwxs,o=rx': '2775',
  };
  if (mode === undefined) return undefined;
  return /^[0-7]{3,5}$/.test(mode) ? mode.slice(-4).padStart(4, '0') : bits[mode];
}

function fieldsOf(line: string): string[] {
  return /^\s*#/.test(line) ? [] : [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]!);
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
