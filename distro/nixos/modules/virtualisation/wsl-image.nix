# A system for the Windows Subsystem for Linux, `wsl --install --from-file FILE'.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [ ./hosted-container.nix ];

  config = {
    environment.etc."wsl.conf".text = lib.mkDefault ''
      [boot]
      systemd=true
    '';

    system.nixos.tags = [ "wsl" ];
    image.extension = "wsl";
    image.filePath = "tarball/${config.image.fileName}";
    system.build.image = import ../../lib/make-container-tarball.nix { inherit config lib pkgs; } {
      compression = "gzip";
      # WSL reads them before the system has started once.
      inside = [
        {
          source = pkgs.writeText "wsl.conf" config.environment.etc."wsl.conf".text;
          target = "etc/wsl.conf";
        }
        {
          source = pkgs.writeText "passwd" "root:x:0:0:root:/root:/bin/bash\n";
          target = "etc/passwd";
        }
      ];
    };
  };
}
