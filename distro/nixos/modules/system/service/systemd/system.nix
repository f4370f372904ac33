# system.services: modular services, as units of the machine.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  portable = import ../../../../../lib/services/lib.nix { inherit lib; };
  cfg = config.system.services;

  dash =
    before: after:
    if before == "" || after == "" then "${before}${after}" else "${before}-${after}";

  /* What `f name service` returns of all services and of those in them, as one set. */
  ofAll =
    f: prefix: services:
    lib.concatMapAttrs (
      name: service:
      let
        full = dash prefix name;
      in
      f full service // ofAll f full service.services
    ) services;

  units =
    kind:
    ofAll (
      name: service:
      lib.mapAttrs' (
        unit: module: lib.nameValuePair (dash name unit) (_: { imports = [ module ]; })
      ) service.systemd.${kind}
    ) "" cfg;

  ofEach =
    f: lib.concatLists (lib.mapAttrsToList (name: f (options.system.services.loc ++ [ name ])) cfg);
in
{
  options.system.services = lib.mkOption {
    type =
      lib.types.attrsOf
        (portable.configure {
          serviceManagerPkgs = pkgs;
          extraRootModules = [ ./service.nix ./config-data-path.nix ];
          extraRootSpecialArgs.systemdPackage = config.systemd.package;
        }).serviceSubmodule;
    default = { };
    example =
      lib.literalExpression
        ''{ hello.process.argv = [ "''${pkgs.python3}/bin/python3" "-m" "http.server" ]; }'';
    visible = "shallow";
    description =
      "Modular services: each is a unit of its name, with the units and services in it behind a `-`.";
  };

  config = {
    assertions = ofEach portable.getAssertions;
    warnings = ofEach portable.getWarnings;
    systemd.services = units "services";
    systemd.sockets = units "sockets";
    environment.etc = ofAll (
      name: service:
      lib.mapAttrs' (
        _: file:
        lib.nameValuePair "system-services/${name}/${file.name}" {
          inherit (file) enable source;
        }
      ) service.configData
    ) "" cfg;
  };
}
