# Files of nixpkgs' own tests: their machines have the tree's modules and what their scripts refer to.
let
  lib = import ../../../distro/lib;
  extra = lib.genAttrs (import ../options/areas.inc).packages (_: [ ]);
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { inherit extra; }; };
  inherit (pkgs) testers;
  at = file: ../modules/nixpkgs-tree/nixos/tests + "/${file}";
  namesOf = file: attribute: testers.testNamesOfFile { path = at file; inherit attribute; };
  test = file: attribute: testers.testOfFile { path = at file; inherit attribute; };
  hello = test "hello.nix" "";
  several = test "several.nix" "made.postgresql_17";
in
{
  one = namesOf "hello.nix" "";
  # It says none.
  name = hello.config.name;
  all = namesOf "several.nix" "";
  below = namesOf "several.nix" "made";
  user = hello.nodes.machine.users.users.hello.uid;
  # Nix lacks the builtin.
  packages = if builtins ? debianRoots then hello.config.node.scriptPackages else [ "strace" ];
  inMachine = !(builtins ? debianRoots) || lib.elem "strace" hello.nodes.machine.system.basePackages;
  # Its machine is in its script.
  made = several.config.name;
  ofMachines = if builtins ? debianRoots then several.config.node.scriptPackages else [ ];
}
