/** Trees of files as `nix store ls` and `nix nar ls` print them: as lines, or as JSON. */
export type ListedNode =
  | {
      type: 'regular';
      size: number;
      executable: boolean;
      /** Where the contents begin in an archive. */
      narOffset?: number;
    }
  | { type: 'symlink'; target: string }
  | {
      type: 'directory';
      /** In the byte order of their names. */
      entries: Iterable<[name: string, node: () => ListedNode]>;
    };

export interface ListOptions {
  recursive: boolean;
  long: boolean;
  directory: boolean;
}

/** The lines about a node that was found by `name`: about its entries, or about itself. */
export function* listLines(node: ListedNode, name: string, options: ListOptions): Generator<string> {
  if (node.type === 'directory' && !options.directory) yield* entryLines(node, '.', options);
  else yield listLine(node.type === 'directory' ? '.' : name.slice(name.lastIndexOf('/') + 1), node, options.long);
}

function* entryLines(folder: Extract<ListedNode, { type: 'directory' }>, shown: string, options: ListOptions): Generator<string> {
  for (const [name, load] of folder.entries) {
    const node = load();
    yield listLine(`${shown}/${name}`, node, options.long);
    if (node.type === 'directory' && options.recursive) yield* entryLines(node, `${shown}/${name}`, options);
  }
}

function listLine(shown: string, node: ListedNode, long: boolean): string {
  if (!long) return shown;
  const mode =
    node.type === 'directory' ? 'dr-xr-xr-x' : node.type === 'symlink' ? 'lrwxrwxrwx' : node.executable ? '-r-xr-xr-x' : '-r--r--r--';
  const size = node.type === 'regular' ? node.size : 0;
  return `${mode} ${String(size).padStart(20)} ${shown}${node.type === 'symlink' ? ` -> ${node.target}` : ''}`;
}

/** JSON with sorted keys: JavaScript's objects put names that are numbers first. Without `recursive`, entries are empty objects. */
export function listJson(node: ListedNode, options: { recursive: boolean }): string {
  if (node.type === 'symlink') return `{"target":${JSON.stringify(node.target)},"type":"symlink"}`;
  if (node.type === 'regular') {
    const offset = node.narOffset === undefined ? '' : `"narOffset":${node.narOffset},`;
    return `{${node.executable ? '"executable":true,' : ''}${offset}"size":${node.size},"type":"regular"}`;
  }
  const entries = [...node.entries].map(
    ([name, load]) => `${JSON.stringify(name)}:${options.recursive ? listJson(load(), options) : '{}'}`,
  );
  return `{"entries":{${entries.join(',')}},"type":"directory"}`;
}
