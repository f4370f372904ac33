# Which packages of the system are linked into the layer above Debian's tree: all that are not Debian's, also when Debian's are in them.
let
  system = import ../options/system.inc { modules = [ ({ pkgs, ... }: {
    environment.defaultPackages = [ ];
    environment.systemPackages = [
      pkgs.htop
      pkgs.lvm2
      (pkgs.writeShellScriptBin "script" "${pkgs.htop}/bin/htop")
      (pkgs.runCommand "built" { buildInputs = [ pkgs.htop ]; } "touch $out")
      (pkgs.buildEnv { name = "environment"; paths = [ pkgs.htop ]; postBuild = "true"; })
      (pkgs.symlinkJoin { name = "joined"; paths = [ pkgs.htop ]; })
    ];
  }) ]; };
in
map (package: package.name) system.config.system.build.packagesWithoutDebian
