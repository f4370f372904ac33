# The rules of a PAM service, made from its options, in four stacks. Names are NixOS's.
{ lib, pam }:

let
  inherit (builtins) listToAttrs;

  # Orders with room for other rules between them.
  numbered =
    list:
    listToAttrs (
      lib.imap1 (n: rule: {
        inherit (rule) name;
        value = {
          enable = true;
          args = [ ];
          settings = { };
          order = 10000 + 100 * n;
        } // rule;
      }) list
    );

  rule = name: control: modulePath: { inherit name control modulePath; };
in
/* `s' is the service's set of options. Returns the rules by stack and name. */
name: s: {
  account = numbered [
    (rule "faillock" "required" "pam_faillock.so" // { enable = s.logFailures; })
    (rule "unix" "required" "pam_unix.so")
  ];

  auth = numbered ([
    (rule "rootok" "sufficient" "pam_rootok.so" // { enable = s.rootOK; })
    (rule "wheel" "required" "pam_wheel.so" // {
      enable = s.requireWheel;
      settings.use_uid = true;
    })
    (rule "faildelay" "optional" "pam_faildelay.so" // {
      enable = s.failDelay.enable;
      settings.delay = s.failDelay.delay;
    })
    (rule "faillock" "required" "pam_faillock.so" // {
      enable = s.logFailures;
      settings.preauth = true;
    })
    (rule "ssh_agent_auth" "sufficient" "pam_ssh_agent_auth.so" // {
      enable = pam.sshAgentAuth.enable && s.sshAgentAuth;
      settings.file = lib.concatStringsSep ":" pam.sshAgentAuth.authorizedKeysFiles;
    })
    (rule "u2f" pam.u2f.control "pam_u2f.so" // {
      enable = s.u2fAuth;
      inherit (pam.u2f) settings;
    })
    # These rules need the password, or must follow a right one, but no rule runs after a successful `sufficient' one. So a first
    # pam_unix comes before them, and a second one after.
    (rule "unix-early" "optional" "pam_unix.so" // {
      enable = s.unixAuth && (s.enableGnomeKeyring || s.googleAuthenticator.enable);
      settings = {
        nullok = s.allowNullPassword;
        inherit (s) nodelay;
        likeauth = true;
      };
    })
    (rule "gnome_keyring" "optional" "pam_gnome_keyring.so" // { enable = s.enableGnomeKeyring; })
    (rule "google_authenticator" "required" "pam_google_authenticator.so" // {
      enable = s.googleAuthenticator.enable;
      settings.no_increment_hotp = true;
    })
    (rule "unix" "sufficient" "pam_unix.so" // {
      enable = s.unixAuth;
      settings = {
        nullok = s.allowNullPassword;
        inherit (s) nodelay;
        likeauth = true;
        try_first_pass = true;
      };
    })
    # Only a wrong password gets this far.
    (rule "faillock-fail" "[default=die]" "pam_faillock.so" // {
      enable = s.logFailures;
      settings.authfail = true;
    })
    (rule "deny" "required" "pam_deny.so")
  ]);

  password = numbered [
    (rule "unix" "sufficient" "pam_unix.so" // {
      settings = {
        nullok = true;
        obscure = true;
        yescrypt = true;
      };
    })
    (rule "gnome_keyring" "optional" "pam_gnome_keyring.so" // {
      enable = s.enableGnomeKeyring;
      settings.use_authtok = true;
    })
    (rule "deny" "required" "pam_deny.so")
  ];

  session = numbered [
    (rule "env" "required" "pam_env.so" // {
      enable = s.setEnvironment;
      settings = {
        conffile = "/etc/security/pam_env.conf";
        readenv = 1;
      };
    })
    (rule "unix" "required" "pam_unix.so")
    (rule "umask" "optional" "pam_umask.so")
    (rule "loginuid" "required" "pam_loginuid.so" // { enable = s.setLoginUid; })
    (rule "tty_audit" "required" "pam_tty_audit.so" // {
      enable = s.ttyAudit.enable;
      settings = {
        open_only = s.ttyAudit.openOnly;
        enable = s.ttyAudit.enablePattern;
        disable = s.ttyAudit.disablePattern;
      };
    })
    (rule "mkhomedir" "required" "pam_mkhomedir.so" // {
      enable = s.makeHomeDir;
      settings = {
        silent = true;
        skel = pam.makeHomeDir.skelDirectory;
        inherit (pam.makeHomeDir) umask;
      };
    })
    (rule "lastlog" "required" pam.lastlogModule // {
      enable = s.updateWtmp;
      settings.silent = true;
    })
    (rule "keyinit" "optional" "pam_keyinit.so" // {
      enable = s.startSession;
      settings = {
        force = true;
        revoke = true;
      };
    })
    (rule "systemd" "optional" "pam_systemd.so" // { enable = s.startSession; })
    (rule "xauth" "optional" "pam_xauth.so" // {
      enable = s.forwardXAuth;
      settings.xauthpath = "/usr/bin/xauth";
    })
    (rule "limits" "required" "pam_limits.so" // {
      settings = lib.optionalAttrs (s.limits != pam.loginLimits) {
        conf = "/etc/security/limits-${name}.conf";
      };
    })
    (rule "motd" "optional" "pam_motd.so" // {
      enable = s.showMotd;
      settings.motd = "/etc/motd";
    })
    (rule "gnome_keyring" "optional" "pam_gnome_keyring.so" // {
      enable = s.enableGnomeKeyring;
      settings.auto_start = true;
    })
  ];
}
