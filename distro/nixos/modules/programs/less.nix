# less: its keys and variables for all users.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.less;
  inherit (import ../../lib/formats { inherit lib; }) text;

  at = name: {
    option = "programs.less.${name}";
    file = "less's file of keys";
  };
  lines =
    name: separator:
    lib.concatStrings (
      lib.mapAttrsToList (
        key: v: "${text.word (at name) key}${separator}${text.line (at name) v}\n"
      ) cfg.${name}
    );
  keys =
    example: description:
    mkOption {
      type = types.attrsOf types.str;
      default = { };
      inherit example description;
    };

  generated =
    "#command\n"
    + lines "commands" " "
    + lib.optionalString cfg.clearDefaultCommands "#stop\n"
    + "#line-edit\n"
    + lines "lineEditingKeys" " "
    + "#env\n"
    + lines "envVariables" "=";
  isPlain =
    cfg.configFile == null
    && cfg.commands == { }
    && cfg.lineEditingKeys == { }
    && cfg.envVariables == { }
    && !cfg.clearDefaultCommands;
in
{
  options.programs.less = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the settings of less below hold. less itself is part of every system.";
    };
    package = lib.mkPackageOption pkgs "less" { };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A file as in lesskey(1), in place of the options below.";
    };
    commands = keys { h = "noaction 5\\e("; } "Keys and what they do, as in lesskey(1).";
    clearDefaultCommands = mkOption {
      type = types.bool;
      default = false;
      description = "Whether no other keys do anything. One should then be for `quit`.";
    };
    lineEditingKeys = keys { e = "abort"; } "Keys for editing lines, as in lesskey(1).";
    envVariables = keys { LESS = "--quit-if-one-screen"; } "Environment variables that less reads.";
    lessopen = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "|/usr/bin/lesspipe %s";
      description = "The command that changes a file before it is shown (LESSOPEN).";
    };
    lessclose = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The command that runs after a file was shown (LESSCLOSE).";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages =
      lib.optional (options.programs.less.package.highestPrio < 1000) cfg.package;
    environment.variables =
      lib.optionalAttrs (!isPlain) {
        LESSKEYIN_SYSTEM =
          if cfg.configFile != null then
            toString cfg.configFile
          else
            toString (pkgs.writeText "lesskey" generated);
      }
      // lib.optionalAttrs (cfg.lessopen != null) { LESSOPEN = cfg.lessopen; }
      // lib.optionalAttrs (cfg.lessclose != null) { LESSCLOSE = cfg.lessclose; };
    warnings =
      lib.optional
        (cfg.clearDefaultCommands && !(lib.elem "quit" (lib.attrValues cfg.commands)))
        "programs.less.clearDefaultCommands leaves no key that quits less. Add one to programs.less.commands, for instance q = \"quit\".";
  };
}
