{ config, lib, pkgs, ... }:
let
  failed = map (x: x.message) (lib.filter (x: !x.assertion) config.assertions);
in
{
  config.assertions = [
    {
      assertion = config.fileSystems ? "/";
      message = "The ‘fileSystems’ option does not specify your root file system.";
    }
    {
      assertion = config.boot.loader.grub.enable -> config.boot.loader.grub.devices != [ ];
      message = "You must set the option ‘boot.loader.grub.devices’ to make the system bootable.";
    }
  ];
  config.system.build.toplevel =
    if failed != [ ] then
      throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (x: "- ${x}") failed}"
    else
      lib.showWarnings config.warnings (
        pkgs.runCommand "nixos-system-${config.networking.hostName}-${config.system.nixos.label}"
          {
            preferLocalBuild = true;
            allowSubstitutes = false;
          }
          ''
            mkdir $out
            ln -s ${config.boot.kernelPackages.kernel}/bzImage $out/kernel
            ln -s ${config.system.modulesTree} $out/kernel-modules
            ln -s ${config.system.build.initialRamdisk}/initrd $out/initrd
            echo -n ${lib.escapeShellArg (toString config.boot.kernelParams)} > $out/kernel-params
            cp ${config.system.build.bootStage2} $out/init
            chmod u+w $out/init
            substituteInPlace $out/init --subst-var-by systemConfig $out
            cp ${config.system.build.activate} $out/activate
            chmod u+w $out/activate
            substituteInPlace $out/activate --subst-var out
            chmod u+x $out/activate
            ln -s ${config.system.build.etc}/etc $out/etc
            ln -s ${config.system.build.path} $out/sw
            ln -s ${config.systemd.package} $out/systemd
            echo -n systemd > $out/init-interface-version
            echo -n ${lib.escapeShellArg config.system.nixos.label} > $out/nixos-version
            echo -n ${pkgs.stdenv.hostPlatform.system} > $out/system
          ''
      );
}
