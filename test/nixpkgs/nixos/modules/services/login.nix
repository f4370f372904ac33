# PAM, sudo, and the programs that run as root whoever starts them.
{ config, lib, pkgs, ... }:
let
  stack = ''
    auth required ${pkgs.pam}/lib/security/pam_unix.so nullok
    account required ${pkgs.pam}/lib/security/pam_unix.so
    password required ${pkgs.pam}/lib/security/pam_unix.so nullok sha512
    session required ${pkgs.pam}/lib/security/pam_unix.so
  '';
  session = stack + ''
    session optional ${pkgs.systemd}/lib/security/pam_systemd.so
  '';
  wrappers = {
    su = "${pkgs.util-linux}/bin/su";
    sudo = "${pkgs.sudo}/bin/sudo";
    unix_chkpwd = "${pkgs.pam}/bin/unix_chkpwd";
  };
in
{
  options.security.sudo.wheelNeedsPassword = lib.mkOption { type = lib.types.bool; default = true; };
  config = {
    environment.etc = {
      "pam.d/login".text = session;
      "pam.d/su".text = "auth sufficient ${pkgs.pam}/lib/security/pam_rootok.so\n" + stack;
      "pam.d/sudo".text = stack;
      "pam.d/systemd-user".text = session;
      "pam.d/polkit-1".text = stack;
      "pam.d/other".text = stack;
      # Polkit's agent for terminals is not here, so those who may become root are not asked.
      "polkit-1/rules.d/10-nixos.rules".text = ''
        polkit.addRule(function(action, subject) {
          if (subject.isInGroup("wheel") && action.id.indexOf("org.freedesktop.login1.") == 0) { return polkit.Result.YES; }
        });
      '';
      "login.defs".text = "UID_MIN 1000\nUID_MAX 29999\nENCRYPT_METHOD SHA512\n";
      sudoers = {
        text = "Defaults env_keep+=TERM\nroot ALL=(ALL:ALL) SETENV: ALL\n%wheel ALL=(ALL:ALL) ${
          lib.optionalString (!config.security.sudo.wheelNeedsPassword) "NOPASSWD: "
        }SETENV: ALL\n";
        mode = "0440";
      };
      "dbus-1/system.conf".text = ''
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
          "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>system</type>
          <user>messagebus</user>
          <fork/>
          <servicedir>/run/current-system/sw/share/dbus-1/system-services</servicedir>
          <listen>unix:path=/run/dbus/system_bus_socket</listen>
          <auth>EXTERNAL</auth>
          <syslog/>
          <policy context="default">
            <allow user="*"/>
            <deny own="*"/>
            <deny send_type="method_call"/>
            <allow send_type="signal"/>
            <allow send_requested_reply="true" send_type="method_return"/>
            <allow send_requested_reply="true" send_type="error"/>
            <allow receive_type="method_call"/>
            <allow receive_type="method_return"/>
            <allow receive_type="error"/>
            <allow receive_type="signal"/>
            <allow send_destination="org.freedesktop.DBus"/>
          </policy>
          <includedir>/run/current-system/sw/share/dbus-1/system.d</includedir>
        </busconfig>
      '';
    };
    system.activationScripts.wrappers = ''
      mkdir -p /run/wrappers
      [ -e /run/wrappers/bin ] || { mkdir /run/wrappers/bin; mount -t tmpfs -o nodev,mode=755 tmpfs /run/wrappers/bin; }
      ${lib.concatStrings (lib.mapAttrsToList (name: program: ''
        cp -f ${program} /run/wrappers/bin/${name}
        chmod 4555 /run/wrappers/bin/${name}
      '') wrappers)}
    '';
  };
}
