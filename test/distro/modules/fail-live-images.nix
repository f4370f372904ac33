# A disc that boots from nothing, and options that a text menu has no use for.
(import ./system.inc [
  ../../../distro/nixos/modules/installer/cd-dvd/iso-image.nix
  {
    isoImage = {
      makeBiosBootable = false;
      makeUsbBootable = true;
      includeSystemBuildDependencies = true;
    };
  }
]).checked
