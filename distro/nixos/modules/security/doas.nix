# doas: OpenBSD's, for commands as other users.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption optionalString types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.security.doas;
  inherit (import ../../lib/formats { inherit lib; }) text;

  at = name: {
    option = "security.doas.extraRules.*.${name}";
    file = "/etc/doas.conf";
  };
  # doas.conf(5): words between blanks, or in quotes with backslashes before what would end them.
  quoted =
    name: v:
    "\"${builtins.replaceStrings [ "\\" "\"" ] [ "\\\\" "\\\"" ] (text.line (at name) v)}\"";
  names = types.listOf (types.either types.str types.int);
  identity = name: v: if builtins.isInt v then toString v else quoted name v;

  rule =
    r:
    let
      options = lib.concatMapStrings (o: "${o} ") (
        lib.optional r.noPass "nopass"
        ++ lib.optional r.noLog "nolog"
        ++ lib.optional r.persist "persist"
        ++ lib.optional r.keepEnv "keepenv"
      );
      variables = lib.concatMapStringsSep " " (quoted "setEnv") ([
        "SSH_AUTH_SOCK"
        "TERMINFO"
        "TERMINFO_DIRS"
      ] ++ r.setEnv);
      command =
        optionalString (r.runAs != null) " as ${quoted "runAs" r.runAs}"
        + optionalString (r.cmd != null) " cmd ${quoted "cmd" r.cmd}"
        + optionalString
          (r.args != null)
          " args${lib.concatMapStrings (a: " ${quoted "args" a}") r.args}";
      line = who: "permit ${options}setenv { ${variables} } ${who}${command}\n";
    in
    lib.concatStrings (
      map (user: line (identity "users" user)) r.users
      ++ map (
        group:
        line (if builtins.isInt group then ":${toString group}" else quoted "groups" ":${group}")
      ) r.groups
    );

  ruleType = types.submodule {
    options = {
      users = mkOption {
        type = names;
        default = [ ];
        description = "Users to whom the rule applies, by name or number.";
      };
      groups = mkOption {
        type = names;
        default = [ ];
        description = "Groups to whose members the rule applies, by name or number.";
      };
      noPass = flag false "Whether no password is asked for.";
      noLog = flag false "Whether commands that succeed are not logged.";
      persist =
        flag
          false
          "Whether no password is asked for again for some time. Debian's doas can do that.";
      keepEnv = flag false "Whether the command has the user's environment.";
      setEnv = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "-SSH_AUTH_SOCK" "ALPHA=1" "BETA" ];
        description = "Environment variables that are kept, set (NAME=VALUE) or removed (-NAME).";
      };
      runAs = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The only user that commands may be run as. If null, all.";
      };
      cmd = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The only command, best with its absolute path. If null, all.";
      };
      args = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
        description = "The only arguments. If null, all; an empty list stands for none.";
      };
    };
  };
in
{
  options.security.doas = {
    enable = lib.mkEnableOption "doas, which runs commands as another user";
    package = lib.mkPackageOption pkgs "doas" { };
    wheelNeedsPassword = mkOption {
      type = types.bool;
      default = true;
      description = "Whether members of `wheel` must enter their password.";
    };
    extraRules = mkOption {
      type = types.listOf ruleType;
      default = [ ];
      example = [
        {
          groups = [ "backup" ];
          cmd = "/usr/bin/rsync";
          noPass = true;
        }
      ];
      description = "Rules of /etc/doas.conf. Later rules take precedence.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines at the end of /etc/doas.conf, as in doas.conf(5).";
    };
  };

  config = lib.mkIf cfg.enable {
    security.doas.extraRules = lib.mkOrder 600 [
      {
        groups = [ "wheel" ];
        noPass = !cfg.wheelNeedsPassword;
      }
    ];
    environment.systemPackages = [ cfg.package ];
    security.wrappers.doas = {
      setuid = true;
      owner = "root";
      group = "root";
      source = lib.getExe cfg.package;
    };
    security.pam.services.doas = {
      allowNullPassword = true;
      sshAgentAuth = true;
    };
    environment.etc."doas.conf" = {
      # doas itself reads it, so that no machine is made with a file that it refuses.
      source =
        pkgs.runCommand
          "doas.conf"
          {
            nativeBuildInputs = [ cfg.package ];
            configuration =
              lib.concatMapStrings rule cfg.extraRules
              + cfg.extraConfig
              + "\npermit nopass keepenv \"root\"\n";
            passAsFile = [ "configuration" ];
          }
          ''
            cp "$configurationPath" $out
            doas -C $out
          '';
      mode = "0440";
    };
  };
}
