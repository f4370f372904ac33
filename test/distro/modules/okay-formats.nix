# What has a meaning in the format that it is written in, and how it is written there.
let
  system = import ./system.inc ({ lib, ... }: {
    fileSystems."/with space#and\\backslash" = { device = "tmpfs"; fsType = "tmpfs"; options = [ "size=5%" ]; };
    systemd.services.long = {
      description = "Percent %n stays";
      environment = { PERCENT = "%d/x"; LINES = "a\nb"; };
      # One line for systemd, and the line break at its end is Nix's.
      serviceConfig.ExecStart = ''
        /bin/echo one \
          two
      '';
    };
    systemd.tmpfiles.settings.probe = { "/a'b".f = { argument = "one\ntwo\\"; }; "/x"."L+".argument = "/y z"; };
    environment.sessionVariables = { CACHE = "$HOME/cache"; DATA = "\${HOME}/data"; WHO = "$USER"; DOLLAR = "\\$HOME"; };
    networking.hosts."10.0.0.3" = [ "one" "two" ];
    console.keyMap = "de latin1";
    services.openssh.enable = true;
    services.openssh.settings = { AllowGroups = [ "a" "b" ]; AuthenticationMethods = [ "publickey" "password" ]; AcceptEnv = [ "A" "B" ]; };
    services.getty.loginOptions = "-h host -- \\u";
  });
  inherit (system) config lib;
  linesWith = part: text: lib.filter (lib.hasInfix part) (lib.splitString "\n" text);
in
{
  fstab = linesWith "tmpfs" config.environment.etc.fstab.text;
  unit = config.systemd.units."long.service".text;
  tmpfiles = config.environment.etc."tmpfiles.d/probe.conf".text;
  pam = config.environment.etc."security/pam_env.conf".text;
  shell = linesWith "export" config.environment.etc.set-environment.text;
  hosts = linesWith "10.0.0.3" config.environment.etc.hosts.text;
  vconsole = config.environment.etc."vconsole.conf".text;
  sshd = linesWith "A" config.environment.etc."ssh/sshd_config".text;
  getty = linesWith "agetty" config.systemd.units."getty@.service".text;
  grub = map ((import ../../../distro/nixos/lib/formats { inherit lib; }).grub.word "boot.kernelParams") [ "plain=1" "quote='" ];
}
