# The commands that every NixOS has and a small Debian has not: nixpkgs' tests use them without saying so.
{ pkgs, ... }:
{
  system.basePackages = builtins.filter (name: pkgs.debianPackages ? ${name}) [
    "acl"
    "attr"
    "bzip2"
    "cpio"
    "curl"
    "gawk"
    "kbd"
    "libcap2-bin"
    "netcat-openbsd"
    "patch"
    "time"
    "xz-utils"
    "zstd"
  ];
}
