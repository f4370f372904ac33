(import ../../../distro/pkgs { archive = import ./archive.inc { }; }).linux-firmware
