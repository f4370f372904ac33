# A system that replaces a running one, as an archive: `tar -xf FILE && kexec/kexec-boot'.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [
    ../../image/file-options.nix
    ../netboot/netboot-minimal.nix
  ];

  system.nixos.tags = [ "kexec" ];
  image.extension = "tar.gz";
  image.filePath = "tarball/${config.image.fileName}";
  system.build.image = import ../../../lib/make-system-tarball.nix {
    inherit lib pkgs;
    fileName = config.image.baseName;
    compression = "gzip";
    contents = [
      {
        source = "${config.system.build.kexecTree}";
        target = "kexec";
      }
    ];
  };
}
