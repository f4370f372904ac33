# msmtp, which hands mail to another server.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.msmtp;
  inherit (import ../../lib/formats { inherit lib; }) text;

  value = types.attrsOf (types.nullOr (types.oneOf [ types.str types.int types.bool types.path ]));

  # A command in a line, with arguments in quotes as msmtp(1) reads them.
  line =
    option: name: v:
    let
      at = {
        option = "${option}.${name}";
        file = "/etc/msmtprc";
      };
      shown = if builtins.isBool v then (if v then "on" else "off") else toString v;
    in
    lib.optionalString (v != null) "${text.uncommentedWord at name} ${text.line at shown}\n";
  lines = option: settings: lib.concatStrings (lib.mapAttrsToList (line option) settings);
  account =
    name: settings:
    let
      option = "programs.msmtp.accounts.${name}";
    in
    "account ${text.uncommentedWord { inherit option; file = "/etc/msmtprc"; } name}\n${lines option settings}";
in
{
  options.programs.msmtp = {
    enable = lib.mkEnableOption "msmtp, which hands mail to another server";
    package = lib.mkPackageOption pkgs "msmtp" { };
    setSendmail = mkOption {
      type = types.bool;
      default = true;
      description = "Whether msmtp is /usr/sbin/sendmail, through which programs send mail.";
    };
    defaults = mkOption {
      type = value;
      default = { };
      example = {
        port = 587;
        tls = true;
      };
      description = "Commands for all accounts, as in msmtp(1).";
    };
    accounts = mkOption {
      type = types.attrsOf value;
      default = { };
      example = {
        default = {
          host = "smtp.example.org";
          auth = true;
          user = "someone";
          passwordeval = "cat /run/credentials/mail-password";
        };
      };
      description =
        "The accounts, each with its commands as in msmtp(1). The one named `default` is used where none is named. "
        + "`passwordeval` keeps passwords out of the store.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines at the end of /etc/msmtprc.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [
      cfg.package
    ] ++ lib.optional cfg.setSendmail pkgs.debianPackages.msmtp-mta;
    environment.etc.msmtprc.text =
      "defaults\n"
      + lines "programs.msmtp.defaults" cfg.defaults
      + lib.concatStrings (lib.mapAttrsToList account cfg.accounts)
      + cfg.extraConfig;
  };
}
