# A guest of Google Compute Engine. Its agent makes the accounts with keys that the project and the machine have there.
{ lib, pkgs, ... }:

let
  agent = pkgs.debianPackages.google-guest-agent;
in
{
  imports = [ ../../lib/labelled-root.nix ../profiles/qemu-guest.nix ];

  boot.kernelParams = [ "console=ttyS0" "panic=1" "boot.panic_on_fail" ];
  boot.initrd.availableKernelModules = [ "nvme" "virtio_scsi" ];
  boot.kernelModules = [ "virtio_net" "gve" ];
  networking.hostName = lib.mkDefault "";
  networking.hosts."169.254.169.254" = [ "metadata.google.internal" "metadata" ];
  networking.timeServers = [ "metadata.google.internal" ];
  networking.usePredictableInterfaceNames = lib.mkDefault false;
  services.openssh = {
    enable = lib.mkDefault true;
    settings.PermitRootLogin = lib.mkDefault "prohibit-password";
    settings.PasswordAuthentication = lib.mkDefault false;
  };

  # sshd-keygen.service makes the host's keys; two at once would fail.
  environment.etc."default/instance_configs.cfg".text = lib.mkDefault ''
    [InstanceSetup]
    set_host_keys = false
  '';
  systemd.packages = [ agent ];
  systemd.services = {
    google-guest-agent = {
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.shadow ];
    };
    google-startup-scripts.wantedBy = [ "multi-user.target" ];
    google-shutdown-scripts.wantedBy = [ "multi-user.target" ];
  };
  # The groups that the agent puts an account into.
  users.groups.google-sudoers = { };
  security.sudo.extraRules = [
    {
      groups = [ "google-sudoers" ];
      commands = [
        {
          command = "ALL";
          options = [ "NOPASSWD" ];
        }
      ];
    }
  ];
}
