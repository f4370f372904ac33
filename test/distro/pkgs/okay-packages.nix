let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; };
  facts = p: { inherit (p) name version drvPath outPath; };
in
{
  curl = facts pkgs.curl // { deb = pkgs.curl.deb.drvPath; inherit (pkgs.curl) pname debianVersion debianPackage;
    inherit (pkgs.curl.meta) description homepage mainProgram; };
  byRule = map (n: pkgs.${n}.name) [ "gnumake" "bashInteractive" "nodejs" "gcc" "openssh" "python3" "python313" "postgresql_17" ];
  several = pkgs.openssh.debianPackages;
  openssh = facts pkgs.openssh;
  python313 = { inherit (pkgs.python313) debianPackages pythonVersion; inherit (pkgs.python313.meta) mainProgram; };
  pythonModules = [ (builtins.attrNames pkgs.python3Packages)
    (pkgs.python3.withPackages (ps: [ ps.requests ])).drvPath (pkgs.python313.withPackages (ps: [ ps.requests ])).drvPath ];
  # Several of Debian's packages as one are no other than they are.
  joined = [ (pkgs.postgresql_17.withPackages (_: [ pkgs.openssh ])).debianPackages
    (pkgs.python3.withPackages (_: [ pkgs.openssh ]) ? propagatedBuildInputs) ];
  kernel = { inherit (pkgs.linuxPackages_6_12.kernel) name version modDirVersion flavour debianPackage;
    generic = pkgs.linuxPackages_6_12_generic.kernel.modDirVersion; same = pkgs.linuxPackages.kernel.drvPath
    == pkgs.linux_6_12.drvPath; older = pkgs.linuxPackages.kernel.kernelOlder "6.13"; };
  tree = let t = pkgs.debianTree { packages = [ "vim" pkgs.curl pkgs.openssh ]; bare = [ pkgs.linuxPackages.kernel ]; };
  in { inherit (t) drvPath packages installedSize alternatives; has = [ (t.has "curl") (t.has "kmod") ]; };
  exe = [ (lib.getExe pkgs.curl) (lib.getExe pkgs.python3) (lib.getExe' pkgs.coreutils "ls") ];
  # What the .deb is unpacked to depends on nothing but its own facts.
  steady = (import ../../../distro/pkgs { inherit lib;
      archive = import ./archive.inc { extra.hello = [ "libc6" ]; extra.vim = [ "hello" ]; }; }).vim.deb.drvPath == pkgs.vim.deb.drvPath;
  set = [ pkgs.system pkgs.stdenv.hostPlatform.system pkgs.lib.version (pkgs ? nosuchpackage) pkgs._type pkgs.debianRelease.version ];
}
