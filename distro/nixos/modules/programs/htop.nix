# htop, with its settings for users who have none yet.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.htop;
  inherit (import ../../lib/formats { inherit lib; }) text;

  plain = types.oneOf [
    types.str
    types.int
    types.bool
  ];
  shown =
    v:
    if builtins.isList v then
      lib.concatMapStringsSep " " shown v
    else if builtins.isBool v then
      (if v then "1" else "0")
    else
      toString v;
  line =
    name: v:
    let
      at = {
        option = "programs.htop.settings.${name}";
        file = "/etc/htoprc";
      };
    in
    "${text.variableName at name}=${text.line at (shown v)}\n";
in
{
  options.programs.htop = {
    enable = lib.mkEnableOption "htop";
    package = lib.mkPackageOption pkgs "htop" { };
    settings = mkOption {
      type = types.attrsOf (types.either plain (types.listOf plain));
      default = { };
      example = { hide_kernel_threads = true; };
      description =
        "Settings of /etc/htoprc, which htop reads for users who have no settings of their own yet.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc.htoprc = mkIf (cfg.settings != { }) {
      text = lib.concatStrings (lib.mapAttrsToList line cfg.settings);
    };
  };
}
