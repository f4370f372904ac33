# Options of a service of PAM, as NixOS has them.
{ lib }:

let
  inherit (lib) mkOption types;

  switch =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  # What a rule of that name has from the service's options, where there is one, may be left out.
  ruleOptions.options = {
    enable = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether the rule is in the file.";
    };
    order = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "Its place: rules stand in ascending order.";
    };
    control = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "What its success and failure mean, as in pam.conf(5).";
    };
    modulePath = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The module.";
    };
    args = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      description = "Arguments of the module, beside `settings`.";
    };
    settings = mkOption {
      type = types.attrsOf (
        types.nullOr (types.oneOf [ types.bool types.str types.int types.path ])
      );
      default = { };
      description =
        "Arguments as names and values: true is the name alone, false and null are nothing.";
    };
  };
in
rec {
  limit = types.submodule { options = limitOptions; };
  limitOptions = {
    domain = mkOption {
      type = types.str;
      example = "@wheel";
      description = "A user, `@group` or `*`.";
    };
    type = mkOption {
      type = types.enum [ "-" "hard" "soft" ];
      default = "-";
      description = "Which limit.";
    };
    item = mkOption {
      type = types.str;
      example = "nofile";
      description = "What is limited, as in limits.conf(5).";
    };
    value = mkOption {
      type = types.oneOf [ types.int types.str ];
      example = "unlimited";
      description = "The limit.";
    };
  };

  /* Rules of a stack by name. `complete' adds those that the service's options make. */
  rules =
    stack: complete:
    mkOption {
      type = types.attrsOf (types.submodule ruleOptions);
      default = { };
      apply = complete;
      description =
        "Rules of the stack `${stack}` by name: changes of those that the other options make, and further ones.";
    };

  options = {
    name = mkOption {
      type = types.str;
      description = "The service's name. Defaults to the attribute's name.";
    };
    enable = switch true "Whether the service's file is made.";
    text = mkOption {
      type = types.nullOr types.lines;
      description =
        "The whole file. Defaults to what the other options say; null leaves Debian's file.";
    };

    unixAuth = switch true "Whether passwords of /etc/shadow are accepted.";
    rootOK = switch false "Whether root needs no authentication.";
    requireWheel = switch false "Whether only members of `wheel` may become root.";
    allowNullPassword =
      switch
        false
        "Whether an account whose password is empty may log in with it. OpenSSH refuses empty passwords beside this.";
    nodelay = switch false "Whether a wrong password is reported at once.";
    failDelay = {
      enable = switch false "Whether a wrong password is reported after `failDelay.delay`.";
      delay = mkOption {
        type = types.ints.unsigned;
        default = 3000000;
        description = "Microseconds.";
      };
    };
    logFailures =
      switch
        false
        "Whether failures are counted, and the account is locked for a while after three: see faillock.conf(5).";

    startSession =
      switch false "Whether a session is registered with logind: for what logs people in.";
    setLoginUid = mkOption {
      type = types.bool;
      description = "Whether the login's user is set for auditing. Defaults to `startSession`.";
    };
    setEnvironment = switch true "Whether the variables of `environment.sessionVariables` are set.";
    showMotd = switch false "Whether the message of the day is shown.";
    makeHomeDir = switch false "Whether a home directory that is missing is made.";
    updateWtmp = switch false "Whether the time of the login is recorded, for lastlog.";
    limits = mkOption {
      type = types.listOf limit;
      description = "Limits of the user's processes. Defaults to `security.pam.loginLimits`.";
    };
    ttyAudit = {
      enable = switch false "Whether what is typed is recorded by the kernel's auditing.";
      enablePattern = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "For which users it is turned on: patterns with commas.";
      };
      disablePattern = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "For which users it is turned off: patterns with commas.";
      };
      openOnly =
        switch
          false
          "Whether it stays as it is when the session ends: for sudo, which forks no process.";
    };

    forwardXAuth = switch false "Whether keys of the X server are passed on.";
    sshAgentAuth =
      switch
        false
        "Whether the user's agent for SSH keys is accepted: see `security.pam.sshAgentAuth`.";
    u2fAuth = mkOption {
      type = types.bool;
      description = "Whether a security key is accepted. Defaults to `security.pam.u2f.enable`.";
    };
    googleAuthenticator.enable =
      switch false "Whether users with ~/.google_authenticator give a code as well.";
    enableGnomeKeyring = switch false "Whether the user's GNOME keyring is opened.";
  };
}
