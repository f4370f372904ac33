# A script that runs the configuration at once, `system.build.vm', among the images.
{ config, ... }:

{
  imports = [ ../image/file-options.nix ];

  image.extension = "sh";
  image.filePath = "bin/${config.system.build.vm.meta.mainProgram}";
  system.build.image = config.system.build.vm;
}
