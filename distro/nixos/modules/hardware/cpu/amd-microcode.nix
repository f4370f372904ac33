# Updates for processors of AMD.
import
  ../../../lib/processor-microcode.nix
  {
    name = "amd";
    title = "AMD";
  }
