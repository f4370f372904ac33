# Authentication. Debian's services include common-auth and its four siblings, which maintainer scripts would have made.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.security.pam;

  inherit (import ../../lib/formats { inherit lib; }) pam;
  limits = lib.concatMapStrings (pam.limit "security.pam.loginLimits") cfg.loginLimits;

  module = kind: control: name: "${kind}\t${control}\t${name}\n";

  # As pam-auth-update writes them: a success skips the refusal that follows it.
  common = {
    auth = module "auth" "[success=1 default=ignore]" "pam_unix.so${lib.optionalString cfg.allowNullPassword " nullok"}"
      + module "auth" "requisite" "pam_deny.so"
      + module "auth" "required" "pam_permit.so";
    account = module "account" "[success=1 new_authtok_reqd=done default=ignore]" "pam_unix.so"
      + module "account" "requisite" "pam_deny.so"
      + module "account" "required" "pam_permit.so";
    password = module "password" "[success=1 default=ignore]" "pam_unix.so obscure yescrypt"
      + module "password" "requisite" "pam_deny.so"
      + module "password" "required" "pam_permit.so";
    session-noninteractive = module "session" "[default=1]" "pam_permit.so"
      + module "session" "requisite" "pam_deny.so"
      + module "session" "required" "pam_permit.so"
      + module "session" "optional" "pam_umask.so"
      + lib.optionalString cfg.makeHomeDir (module "session" "optional" "pam_mkhomedir.so")
      + module "session" "required" "pam_unix.so";
    session = common.session-noninteractive + module "session" "optional" "pam_systemd.so";
  };

  serviceType = types.submodule {
    options = {
      text = mkOption { type = types.nullOr types.lines; default = null; description = "The whole service file. If null, Debian's stays."; };
      enable = mkOption { type = types.bool; default = true; description = "Whether the text is used."; };
      allowNullPassword = mkOption { type = types.bool; default = true; description = "No effect for one service: see `security.pam.allowNullPassword`."; };
      startSession = mkOption { type = types.bool; default = false; description = "No effect: every interactive session is registered with logind."; };
      makeHomeDir = mkOption { type = types.bool; default = false; description = "No effect for one service."; };
    };
  };

  # Debian's, without mail, SELinux and the scripts that make a message of the day.
  login = ''
    auth       optional   pam_faildelay.so delay=3000000
    auth       requisite  pam_nologin.so
    @include common-auth
    auth       optional   pam_group.so
    @include common-account
    session    required   pam_loginuid.so
    session    optional   pam_motd.so motd=/etc/motd
    session    required   pam_env.so readenv=1 conffile=/etc/security/pam_env.conf
    session    required   pam_limits.so
    session    optional   pam_keyinit.so force revoke
    @include common-session
    @include common-password
  '';
in
{
  options.security.pam = {
    services = mkOption {
      type = types.attrsOf serviceType;
      default = { };
      description = "Services of /etc/pam.d.";
    };
    loginLimits = mkOption {
      type = types.listOf (types.submodule {
        options = {
          domain = mkOption { type = types.str; example = "@wheel"; description = "A user, `@group` or `*`."; };
          type = mkOption { type = types.enum [ "-" "hard" "soft" ]; default = "-"; description = "Which limit."; };
          item = mkOption { type = types.str; example = "nofile"; description = "What is limited, as in limits.conf(5)."; };
          value = mkOption { type = types.oneOf [ types.int types.str ]; example = "unlimited"; description = "The limit."; };
        };
      });
      default = [ ];
      description = "Limits of users' processes.";
    };
    allowNullPassword = mkOption {
      type = types.bool;
      default = true;
      description = "Whether an account with an empty password may log in with it, as is Debian's default. OpenSSH has a switch of its own, which is off.";
    };
    makeHomeDir = mkOption { type = types.bool; default = false; description = "Whether a missing home directory is made at login."; };
    sshAgentAuth.enable = mkOption { type = types.bool; default = false; visible = false; description = "Not available."; };
  };

  config = {
    environment.etc = lib.mapAttrs' (name: text: lib.nameValuePair "pam.d/common-${name}" { inherit text; }) common
      // lib.mapAttrs' (name: s: lib.nameValuePair "pam.d/${name}" { inherit (s) text; }) (lib.filterAttrs (_: s: s.enable && s.text != null) cfg.services)
      // {
        # PAM's own form of the session variables.
        "security/pam_env.conf".text = "PATH DEFAULT=\"/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin\"\n" + lib.concatStrings (lib.mapAttrsToList
          (name: value: lib.optionalString (value != null) (pam.variable { option = "environment.sessionVariables"; inherit name value; }))
          config.environment.sessionVariables);
        environment.text = "";
      } // lib.optionalAttrs (cfg.loginLimits != [ ]) { "security/limits.d/50-nixos.conf".text = limits; };

    security.pam.services.login.text = lib.mkDefault login;
    security.pam.services.sshd.text = lib.mkDefault (
      lib.replaceStrings [ "auth       optional   pam_faildelay.so delay=3000000\n" ] [ "" ] login
    );
  };
}
