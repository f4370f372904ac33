# A system that replaces a running one, as one script that has all of it in it, and the program kexec: `sh FILE', as root.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (config.image) fileName;
  tree = pkgs.debianTree {
    name = "kexec-programs";
    packages = [ "kexec-tools" ];
    essential = false;
  };
  # The program brings its libraries: the running system may have no kexec-tools, and another C library.
  wrapper = pkgs.writeText "kexec" ''
    #!/bin/sh
    folder=$(cd -- "$(dirname -- "$0")" && pwd)/lib || exit
    exec "$folder/ld-linux-x86-64.so.2" --library-path "$folder" "$folder/kexec" "$@"
  '';
  start = pkgs.writeText "kexec-bundle-start" ''
    #!/bin/sh
    # Replaces the running system by the one below. TMPDIR is where there is room for it.
    set -eu
    folder=$(mktemp -d)
    line=$(awk '/^__ARCHIVE__$/ { print NR + 1; exit }' "$0")
    tail -n "+$line" "$0" | tar -xf - -C "$folder"
    PATH="$folder/programs:$PATH" exec "$folder/kexec-boot"
    __ARCHIVE__
  '';
in
{
  imports = [
    ../../image/file-options.nix
    ../netboot/netboot-minimal.nix
  ];

  system.nixos.tags = [ "kexec-bundle" ];
  image.extension = "sh";
  # Kernel and initrd are packed already.
  system.build.image = pkgs.runCommand "kexec-bundle" { } ''
    mkdir -p files/programs/lib $out
    cp -L ${config.system.build.kexecTree}/* files
    install -m 755 ${wrapper} files/programs/kexec
    libraries=${tree}/usr/lib/x86_64-linux-gnu
    "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" --list ${tree}/usr/sbin/kexec > list
    cp -L ${tree}/usr/sbin/kexec "$libraries/ld-linux-x86-64.so.2" $(sed -n "s,.* => \($libraries/[^ ]*\).*,\1,p" list) files/programs/lib
    chmod -R u+w,a+rX files
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1 -C files -cf archive .
    cat ${start} archive > $out/${fileName}
    chmod +x $out/${fileName}
  '';
}
