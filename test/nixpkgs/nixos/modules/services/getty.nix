{ config, lib, pkgs, ... }:
{
  options.services.getty.greetingLine = lib.mkOption {
    type = lib.types.str;
    default = "<<< Welcome to NixOS ${config.system.nixos.label} (\\m) - \\l >>>";
  };
  options.services.getty.helpLine = lib.mkOption { type = lib.types.lines; default = "\nRun 'nixos-help' for the NixOS manual."; };
  config.environment.etc.issue.text = ''

    [1;32m${config.services.getty.greetingLine}[0m
    ${config.services.getty.helpLine}

  '';
  config.systemd.units = {
    "serial-getty@.service".text = ''
      [Unit]
      Description=Serial Getty on %I
      BindsTo=dev-%i.device
      After=dev-%i.device systemd-user-sessions.service
      Before=getty.target
      [Service]
      ExecStart=-${pkgs.util-linux}/bin/agetty --login-program ${pkgs.shadow}/bin/login --keep-baud %I 115200,38400,9600 vt220
      Type=idle
      Restart=always
      UtmpIdentifier=%I
      TTYPath=/dev/%I
      TTYReset=yes
      TTYVHangup=yes
      IgnoreSIGPIPE=no
      SendSIGHUP=yes
    '';
  };
}
