let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs {
    inherit lib;
    archive = import ./archive.inc {
      extra = {
        tea = [ ];
        postal = [ ];
        sops = [ ];
        adduser = [ ];
        procps = [ ];
        bat = [ ];
        fd-find = [ ];
        yarnpkg = [ "nodejs" ];
        "imagemagick-7.q16" = [ ];
        keepassxc = [ ];
        x11-xserver-utils = [ ];
        python3-yaml = [ "python3" ];
        python3-dateutil = [ "python3" ];
      };
    };
  };
  links = package: (lib.findFirst (entry: entry.path == "bin") null package.entries).machineLinks;
in
{
  # A name that throws is there all the same, and Debian's package is under debianPackages.
  listed = map
    (name: [ (pkgs ? ${name}) (lib.elem name (builtins.attrNames pkgs)) (pkgs.debianPackages ? ${name}) ])
    [ "tea" "postal" "ghostty" ];
  debians = map (name: pkgs.debianPackages.${name}.name) [ "tea" "postal" ];
  # An overlay puts something in its place.
  overlaid = (pkgs.extend (final: prev: { tea = prev.debianPackages.tea; ghostty = final.bat; })).ghostty.name;
  # Names that only Debian has, and one that a suite has after all.
  debianOnly = map (name: pkgs.${name}.name) [ "adduser" "fd-find" "sops" ];
  mapped = lib.genAttrs [ "ps" "imagemagick" "keepassxc" "fd" "yarn" ] (name: pkgs.${name}.debianPackage);
  programs = map (name: baseNameOf (lib.getExe pkgs.${name})) [ "ps" "imagemagick" "fd" "bat" "yarn" ];
  programLinks = map (name: links pkgs.${name}) [ "fd" "bat" "yarn" ];
  # Of several programs in one package each is its own main program.
  xorg = [
    (lib.getExe pkgs.xrandr == lib.getExe' pkgs.debianPackages.x11-xserver-utils "xrandr")
    (baseNameOf (lib.getExe pkgs.xorg.xset))
  ];

  # A module has the name that follows `python3-`, and its own.
  python = lib.mapAttrs (_: module: module.debianPackage) { inherit (pkgs.python3Packages) requests yaml pyyaml dateutil python-dateutil; };
  pythonModules = lib.attrNames pkgs.python3.pkgs;
  interpreter = (pkgs.python3.withPackages (ps: [ ps.pyyaml ])).drvPath == (pkgs.python3.withPackages (ps: [ ps.yaml ])).drvPath;
  interpreterIsThere = pkgs.python3.interpreter == "${pkgs.python3}/bin/python3";
}
