# Updates for processors of Intel.
import
  ../../../lib/processor-microcode.nix
  {
    name = "intel";
    title = "Intel";
  }
