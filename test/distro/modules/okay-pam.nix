# Services of PAM from their options: an empty password is accepted by login, sudo and su, and not by sshd.
let
  system = import ./system.inc {
    services.openssh = { enable = true; settings.PasswordAuthentication = false; };
    security.pam.sshAgentAuth.enable = true;
    security.pam.services.sudo = { requireWheel = true; logFailures = true; limits = [{ domain = "*"; item = "nofile"; value = 3; }]; };
    security.pam.services.su-l = { makeHomeDir = true; updateWtmp = true; };
    security.pam.services.own = {
      unixAuth = false;
      startSession = true;
      rules.auth.token = { order = 100; control = "[success=done default=ignore]"; modulePath = "pam_token.so";
        args = [ "a b]" ]; settings = { on = true; off = false; n = 1; }; };
      rules.auth.deny.enable = false;
      rules.session.limits.control = "optional";
    };
    security.pam.services.whole.text = "auth required pam_deny.so";
    security.pam.services.debians.text = null;
  };
  inherit (system) config lib;
in
{
  services = lib.genAttrs [ "login" "sshd" "sudo" "su-l" "own" "whole" "runuser" ]
    (name: lib.splitString "\n" config.environment.etc."pam.d/${name}".text);
  limits = config.environment.etc."security/limits-sudo.conf".text;
  debians = config.environment.etc ? "pam.d/debians";
  # A rule of one's own finds its place by another's.
  order = config.security.pam.services.login.rules.auth.unix.order;
  packages = lib.filter (lib.hasPrefix "libpam-") config.system.basePackages;
  sudo = lib.hasInfix "env_keep+=SSH_AUTH_SOCK" config.environment.etc.sudoers.text;
  checked = system.checked;
}
