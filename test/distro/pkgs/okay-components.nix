# Packages of Debian's other components: which are free, which need allowUnfree, and that a system of main alone has nothing of them.
let
  lib = import ../../../distro/lib;
  others = {
    unrar = { component = "non-free"; depends = [ "libc6" ]; };
    blob = { component = "non-free"; };
    loader = { component = "contrib"; depends = [ "blob" ]; };
    translate-shell = { component = "contrib"; };
    intel-microcode = { component = "non-free-firmware"; depends = [ "iucode-tool" ]; };
    firmware-realtek = { component = "non-free-firmware"; };
  };
  archive = import ./archive.inc { inherit others; extra.iucode-tool = [ "libc6" ]; };
  make = config: import ../../../distro/pkgs { inherit lib config archive; };
  plain = make { };
  free = make { allowUnfree = true; };
  some = make { allowUnfreePredicate = pkg: builtins.elem (lib.getName pkg) [ "unrar" ]; };
  builds = pkg: (builtins.tryEval pkg.drvPath).success;
  # Throws if other components are read.
  closed = import ../../../distro/pkgs { inherit lib; archive = archive // { allComponents = throw "read"; }; };
in
{
  visible = map (pkgs: pkgs.debianPackages ? blob) [ plain free some ];
  built = map (pkgs: map (name: pkgs ? ${name} && builds pkgs.${name}) (builtins.attrNames others)) [ plain free some ];
  meta = lib.mapAttrs (_: pkg: { inherit (pkg.meta) unfree available; license = pkg.meta.license.shortName; }) {
    inherit (plain) unrar translate-shell firmware-realtek curl;
    allowed = free.unrar;
  };
  # A package of contrib brings along what it depends on.
  loader = map (pkgs: builds pkgs.loader) [ free some ];
  tree = (free.debianTree { packages = [ "curl" "loader" ]; }).packages;
  treeOfUnfree = map (pkgs: builds (pkgs.debianTree { packages = [ "unrar" ]; })) [ plain free some ];
  # The same systems with and without the others.
  systems = builtins.length (lib.unique (map (pkgs: (pkgs.debianTree { packages = [ "curl" "vim" ]; }).drvPath) [ plain free closed ]));
  microcode = { inherit (plain.microcode-intel) name version; inherit (plain.microcode-intel.meta) unfree; };
  firmware = plain.rtl8192su-firmware.pname;
}
