# The formats of generated files, one in each file. text.nix has what they share.
{ lib }:

builtins.mapAttrs (name: _: import (./. + "/${name}.nix") { inherit lib; }) {
  accounts = null;
  assignments = null;
  fstab = null;
  git = null;
  grub = null;
  hosts = null;
  ini = null;
  json = null;
  nftables = null;
  nginx = null;
  pam = null;
  shell = null;
  sshd = null;
  sudoers = null;
  systemd = null;
  text = null;
  tmpfiles = null;
}
