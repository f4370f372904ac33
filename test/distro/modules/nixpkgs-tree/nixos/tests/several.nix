{ system ? builtins.currentSystem, pkgs ? import ../.. { inherit system; } }:
with import ../lib/testing-python.nix { inherit system pkgs; };
let
  versions = import ../../pkgs/servers/sql/postgresql pkgs;
in
{
  plain = makeTest { name = "plain"; machine = { }; testScript = ""; };
  made = builtins.mapAttrs
    (name: package: makeTest {
      inherit name;
      machine = { };
      testScript = { nodes, ... }: "# ${nodes.machine.config.system.build.toplevel} ${package}";
    })
    versions;
  notes = "no test";
}
