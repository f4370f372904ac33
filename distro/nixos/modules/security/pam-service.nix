# The options of a PAM service. Names are NixOS's.
{ lib }:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag;

  # null keeps the value of the rule of that name that the service's options make.
  ruleOptions.options = {
    enable = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether the rule is in effect. If null, the service's other options decide.";
    };
    order = mkOption {
      type = types.nullOr types.int;
      default = null;
      example = 10050;
      description =
        "The place of the rule in its stack, which is sorted by this number. If null, that of the service's own rule.";
    };
    control = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "required";
      description =
        "What the success or failure of the module means for the stack, as in pam.conf(5).";
    };
    modulePath = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "pam_nologin.so";
      description = "The PAM module: a file name or an absolute path.";
    };
    args = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "debug" ];
      description = "Arguments of the module, in addition to those from `settings`.";
    };
    settings = mkOption {
      type = types.attrsOf (
        types.nullOr (types.oneOf [ types.bool types.str types.int types.path ])
      );
      default = { };
      example = {
        deny = 5;
        audit = true;
      };
      description =
        "Arguments of the module by name: true gives the name alone, false and null leave the argument out.";
    };
  };
in
rec {
  limit = types.submodule { options = limitOptions; };
  limitOptions = {
    domain = mkOption {
      type = types.str;
      example = "@wheel";
      description = "Whom the limit applies to: a user, a group as `@group`, or `*` for everyone.";
    };
    type = mkOption {
      type = types.enum [ "-" "hard" "soft" ];
      default = "-";
      description = "Whether to set the `soft` limit, the `hard` limit, or both (`-`).";
    };
    item = mkOption {
      type = types.str;
      example = "nofile";
      description = "The resource that is limited, as in limits.conf(5).";
    };
    value = mkOption {
      type = types.oneOf [ types.int types.str ];
      example = "unlimited";
      description = "The value of the limit.";
    };
  };

  /* An option for the rules of a stack, by name. `complete' adds those that the service's options make. */
  rules =
    stack: complete:
    mkOption {
      type = types.attrsOf (types.submodule ruleOptions);
      default = { };
      apply = complete;
      description =
        "Rules of the `${stack}` stack by name: changes to those that the other options make, and additional ones.";
    };

  options = {
    name = mkOption {
      type = types.str;
      description = "The service's name. Defaults to the attribute's name.";
    };
    enable = flag true "Whether the service's file is written to /etc/pam.d.";
    text = mkOption {
      type = types.nullOr types.lines;
      description =
        "The contents of the service's file. Defaults to the rules that the other options make; null keeps Debian's file.";
    };

    unixAuth =
      flag true "Whether users can authenticate with their passwords in /etc/shadow (pam_unix).";
    rootOK = flag false "Whether root needs no authentication (pam_rootok).";
    requireWheel = flag false "Whether only members of `wheel` may use the service (pam_wheel).";
    allowNullPassword =
      flag
        false
        "Whether accounts with an empty password can authenticate with it. OpenSSH refuses empty passwords regardless.";
    nodelay = flag false "Whether a wrong password is reported at once, without pam_unix's delay.";
    failDelay = {
      enable =
        flag false "Whether a failure is reported only after `failDelay.delay` (pam_faildelay).";
      delay = mkOption {
        type = types.ints.unsigned;
        default = 3000000;
        description = "How long to wait after a failure, in microseconds.";
      };
    };
    logFailures =
      flag
        false
        "Whether failures are counted, and an account is locked for a while after three of them (pam_faillock). See faillock.conf(5).";

    startSession =
      flag
        false
        "Whether to register a session with logind (pam_systemd), as services that log users in do.";
    setLoginUid = mkOption {
      type = types.bool;
      description =
        "Whether to set the login uid, which identifies the user in the audit log (pam_loginuid). Defaults to `startSession`.";
    };
    setEnvironment =
      flag true "Whether sessions get the variables in `environment.sessionVariables` (pam_env).";
    showMotd = flag false "Whether to show the message of the day, `users.motd` (pam_motd).";
    makeHomeDir =
      flag false "Whether to create a user's home directory if it does not exist (pam_mkhomedir).";
    updateWtmp = flag false "Whether to record the time of the login, which `lastlog` shows.";
    limits = mkOption {
      type = types.listOf limit;
      description = "Resource limits of the session. Defaults to `security.pam.loginLimits`.";
    };
    ttyAudit = {
      enable = flag false "Whether the audit log records what users type (pam_tty_audit).";
      enablePattern = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "root,admin-*";
        description = "Users for whom to turn TTY auditing on: patterns, separated by commas.";
      };
      disablePattern = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "*";
        description = "Users for whom to turn TTY auditing off: patterns, separated by commas.";
      };
      openOnly =
        flag
          false
          "Whether TTY auditing stays as it is when the session ends. Services that don't fork, such as sudo, need this.";
    };

    forwardXAuth =
      flag
        false
        "Whether the invoking user's keys for the X server are passed on to the session (pam_xauth).";
    sshAgentAuth =
      flag
        false
        "Whether users can authenticate with a key of their SSH agent. See `security.pam.sshAgentAuth`.";
    u2fAuth = mkOption {
      type = types.bool;
      description =
        "Whether users can authenticate with a security key (pam_u2f). Defaults to `security.pam.u2f.enable`.";
    };
    googleAuthenticator.enable =
      flag
        false
        "Whether users who have ~/.google_authenticator must enter a one-time code as well.";
    enableGnomeKeyring = flag false "Whether the login password unlocks the user's GNOME keyring.";
  };
}
