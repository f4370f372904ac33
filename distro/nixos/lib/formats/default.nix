# The formats of generated files, a file each. What all of them share is in text.nix.
{ lib }:

builtins.mapAttrs (name: _: import (./. + "/${name}.nix") { inherit lib; }) {
  accounts = null;
  assignments = null;
  fstab = null;
  git = null;
  grub = null;
  hosts = null;
  nftables = null;
  pam = null;
  shell = null;
  sshd = null;
  sudoers = null;
  systemd = null;
  text = null;
  tmpfiles = null;
}
