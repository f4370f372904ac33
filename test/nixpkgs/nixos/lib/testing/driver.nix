# The script, and the program that runs it with a qemu of nixpkgs, which this small one has not.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    name = mkOption { type = types.str; };
    hostPkgs = mkOption { type = types.raw; };
    testScript = mkOption { type = types.either types.str (types.functionTo types.str); };
    testScriptString = mkOption { type = types.str; readOnly = true; };
    globalTimeout = mkOption { type = types.int; default = 3600; };
    enableOCR = mkOption { type = types.bool; default = false; };
    skipLint = mkOption { type = types.bool; default = false; };
    extraPythonPackages = mkOption { type = types.functionTo (types.listOf types.raw); default = _: [ ]; };
    driver = mkOption { type = types.package; };
  };
  config = {
    _module.args.hostPkgs = config.hostPkgs;
    testScriptString =
      if lib.isFunction config.testScript then config.testScript { inherit (config) nodes; } else config.testScript;
    driver = hostPkgs.runCommand "nixos-test-driver-${config.name}"
      {
        testScript = config.testScriptString;
        vms = map (node: node.system.build.vm) (lib.attrValues config.nodes);
      }
      "echo there is no qemu here >&2; exit 1";
    passthru.driver = config.driver;
  };
}
