# Takes the place of nixpkgs' nixos/lib/testing/run.nix since NixOS 22.11: that module, and with it our driver.
theirs:
{
  config,
  lib,
  options,
  ...
}:

let
  inherit (import ./description.nix { inherit lib; }) driverOf;

  packages = (config.extraPythonPackages or (_: [ ])) (
    throw
      "The test `${config.name}' cannot be run by bootflake: its script needs packages of Python (extraPythonPackages)."
  );
  fault =
    if packages != [ ] then
      "its script needs packages of Python (extraPythonPackages)."
    else if config.containers or { } != { } then
      "it has containers: ${lib.concatStringsSep ", " (lib.attrNames config.containers)}."
    else if config.sshBackdoor.enable or false then
      "it sets sshBackdoor.enable."
    else
      null;

  driver = driverOf {
    inherit (config) name nodes;
    script = config.testScriptString;
    ocr = config.enableOCR;
    globalTimeout = config.globalTimeout or 3600;
  };
in
{
  imports = [
    {
      _file = theirs.file;
      imports = [ theirs.value ];
    }
  ];

  config =
    {
      driver = lib.mkForce (
        if fault == null then
          driver
        else
          throw "The test `${config.name}' cannot be run by bootflake: ${fault}"
      );
    }
    // (
      if options ? extraBaseNodeModules then
        { extraBaseNodeModules = ./machine.nix; }
      else
        { extraBaseModules = ./machine.nix; }
    );
}
