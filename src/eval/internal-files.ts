/** Where the files that Nix itself brings (`<nix/fetchurl.nix>`) seem to lie: no user's file can have such a path. */
export const internalPrefix = '/__corepkgs__/';

/** The text of such a file, by its path. */
export function internalFile(path: string): string | undefined {
  return path.startsWith(internalPrefix) ? internalFiles.get(path.slice(internalPrefix.length)) : undefined;
}

/** What is in a folder of such files; undefined for any other path. */
export function internalEntries(path: string): Map<string, 'regular' | 'directory'> | undefined {
  const folder = `${path}/`;
  if (!folder.startsWith(internalPrefix)) return undefined;
  const entries = new Map<string, 'regular' | 'directory'>();
  for (const name of internalFiles.keys()) {
    const file = internalPrefix + name;
    if (!file.startsWith(folder)) continue;
    const [first = '', ...rest] = file.slice(folder.length).split('/');
    entries.set(first, rest.length > 0 ? 'directory' : 'regular');
  }
  return entries.size > 0 ? entries : undefined;
}

/** Files that every search path has, by the name in `<...>`. */
export const internalFiles: ReadonlyMap<string, string> = new Map([
  [
    'nix/fetchurl.nix',
    `{ system ? "", url, hash ? "", md5 ? "", sha1 ? "", sha256 ? "", sha512 ? ""
, outputHash ? if hash != "" then hash else if sha512 != "" then sha512 else if sha1 != "" then sha1 else if md5 != "" then md5 else sha256
, outputHashAlgo ? if hash != "" then "" else if sha512 != "" then "sha512" else if sha1 != "" then "sha1" else if md5 != "" then "md5" else "sha256"
, executable ? false, unpack ? false, name ? baseNameOf (toString url), impure ? false
}:
derivation ({
  builder = "builtin:fetchurl";
  inherit name url executable unpack;
  system = "builtin";
  preferLocalBuild = true;
  impureEnvVars = [ "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy" ];
  urls = [ url ];
  outputHashMode = if unpack || executable then "recursive" else "flat";
} // (if impure then { __impure = true; } else { inherit outputHash outputHashAlgo; }))
`,
  ],
]);
