# systemd-networkd-wait-online.service: the options of the system's and of the initrd's, and their drop-in.
{ lib }:

let
  inherit (lib) mkOption types;
  text = import ./formats/text.nix { inherit lib; };
in
{
  options = {
    anyInterface = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the network counts as online once any interface is, instead of all of them.";
    };
    ignoredInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "wg0" ];
      description = "Interfaces that are ignored when deciding whether the network is online.";
    };
    timeout = mkOption {
      type = types.ints.unsigned;
      default = 120;
      description =
        "How many seconds to wait for the network before giving up; 0 waits indefinitely.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--ipv4" ];
      description = "Additional arguments of systemd-networkd-wait-online(8).";
    };
  };

  isDefault =
    cfg:
    !cfg.anyInterface && cfg.ignoredInterfaces == [ ] && cfg.timeout == 120 && cfg.extraArgs == [ ];

  dropIn =
    option: cfg:
    let
      at = name: {
        option = "${option}.${name}";
        file = "a unit";
      };
    in
    {
      overrideStrategy = "asDropin";
      serviceConfig.ExecStart = [
        ""
        (lib.concatStringsSep " " (
          [
            "/usr/lib/systemd/systemd-networkd-wait-online"
            "--timeout=${toString cfg.timeout}"
          ]
          ++ lib.optional cfg.anyInterface "--any"
          ++ map (
            i: "--ignore=${text.interfaceName (at "ignoredInterfaces") i}"
          ) cfg.ignoredInterfaces
          ++ map (text.line (at "extraArgs")) cfg.extraArgs
        ))
      ];
    };
}
