(import ./system.inc { boot.kernelPatches = [ ]; }).checked
