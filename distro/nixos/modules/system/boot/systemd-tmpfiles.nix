# Files and directories that systemd-tmpfiles creates, changes and removes.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.systemd.tmpfiles;
  inherit (import ../../../lib/formats { inherit lib; }) text tmpfiles;

  field =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };
  rule = types.submodule {
    options = {
      user =
        field "-" "The owner of the path; `-` is root, or leaves the owner of an existing one.";
      group =
        field "-" "The group of the path; `-` is root, or leaves the group of an existing one.";
      mode =
        field
          "-"
          "The permission bits of the path, in octal; `-` is the default of the rule's type.";
      age =
        field
          "-"
          "The age after which files below the path are removed, for instance `10d`; `-` removes none.";
      argument =
        field
          ""
          "The rule's argument, which depends on its type: for instance the target of a link, or the contents of a file.";
    };
  };

  settingsText =
    name: paths:
    let
      line =
        path: type: r:
        tmpfiles.rule {
          option = lib.showOption [ "systemd" "tmpfiles" "settings" name path type ];
          inherit path type;
          inherit (r) mode user group age argument;
        };
    in
    lib.concatStrings (
      lib.mapAttrsToList (
        path: types: lib.concatStrings (lib.mapAttrsToList (line path) types)
      ) paths
    );

  rulesText =
    option: rules:
    lib.concatMapStrings (
      r: "${text.wholeLine { inherit option; file = "tmpfiles.d"; } r}\n"
    ) rules;
in
{
  options.systemd.tmpfiles = {
    rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "d /var/lib/my-service 0755 root root -" ];
      description = "Files and directories to create, change or remove: lines as in tmpfiles.d(5).";
    };
    settings = mkOption {
      type = types.attrsOf (types.attrsOf (types.attrsOf rule));
      default = { };
      example = {
        "10-my-service"."/var/lib/my-service".d = {
          mode = "0755";
          user = "root";
        };
      };
      description =
        "Files and directories to create, change or remove, by the name of the file in /etc/tmpfiles.d, the path, and "
        + "the type of the rule (see tmpfiles.d(5)).";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Packages that provide rules. Debian's packages have theirs in /usr/lib/tmpfiles.d.";
    };
  };

  config = {
    environment.systemPackages = cfg.packages;
    environment.etc =
      {
        "tmpfiles.d/00-nixos.conf".text = rulesText "systemd.tmpfiles.rules" cfg.rules;
        "user-tmpfiles.d/00-nixos.conf" = lib.mkIf (config.systemd.user.tmpfiles.rules != [ ]) {
          text = rulesText "systemd.user.tmpfiles.rules" config.systemd.user.tmpfiles.rules;
        };
      }
      // lib.mapAttrs' (
        name: paths:
        lib.nameValuePair
          "tmpfiles.d/${text.fileName { option = "systemd.tmpfiles.settings"; file = "/etc/tmpfiles.d"; } name}.conf"
          { text = settingsText name paths; }
      ) cfg.settings;

    systemd.tmpfiles.rules = [
      "d /var/empty 0555 root root -"
      "d /var/spool/cron 0755 root root -"
      "L /var/spool/mail - - - - ../mail"
      # For tools that look for a store by its directories.
      "d /nix/var/nix/gcroots 0755 root root -"
    ];
  };
}
