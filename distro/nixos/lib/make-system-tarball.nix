# An archive of files and of store paths with what they refer to. The arguments are those of nixpkgs' function, as far as they make sense
# where no command is run.
{
  lib,
  pkgs,
  fileName ? "nixos-system-${pkgs.stdenv.hostPlatform.system}",
  # Files, as { source, target }.
  contents ? [ ],
  # Store paths, as { object, symlink }: their closures are in the archive, with a link to each unless symlink is "none".
  storeContents ? [ ],
  # "xz", "zstd", "gzip" or "none".
  compression ? "xz",
  # Files are root's in any case.
  extraArgs ? "",
  extraCommands ? "",
  compressCommand ? null,
  compressionExtension ? null,
  extraInputs ? null,
}:

let
  extension =
    {
      xz = ".xz";
      zstd = ".zst";
      gzip = ".gz";
      none = "";
    }.${compression};
  links = builtins.filter (c: c.symlink or "none" != "none") storeContents;
in
assert lib.assertMsg
  (extraCommands == "")
  "make-system-tarball: `extraCommands' are commands, and none is run while the archive is written. Use `contents'.";
assert lib.assertMsg
  (compressCommand == null && compressionExtension == null && extraInputs == null)
  (
    "make-system-tarball: `compressCommand' is a program, and none is run while the archive is written. Use `compression': "
    + "\"xz\", \"zstd\", \"gzip\" or \"none\"."
  );
assert lib.assertMsg
  (builtins.elem extraArgs [ "" "--owner=0" ])
  "make-system-tarball: `extraArgs' are tar's, which is not run. Leave them out.";
pkgs.builtinDerivation "tarball" {
  name = "tarball";
  fileName = "tarball/${fileName}.tar${extension}";
  inherit compression;
  folder = "";
  directories = [ ];
  contents = map (c: {
    source = "${c.source}";
    inherit (c) target;
  }) contents;
  additionalPaths = map (c: "${c.object}") storeContents;
  links = builtins.listToAttrs (
    map (c: lib.nameValuePair (lib.removePrefix "/" c.symlink) "${c.object}") links
  );
}
// {
  # Configurations find the file by it.
  inherit (pkgs.stdenv.hostPlatform)
    system
    ;
}
