# A box of Vagrant for VirtualBox: the appliance's files, and Vagrant's. `vagrant box add NAME FILE'.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [
    ./vagrant-guest.nix
    ./virtualbox-image.nix
  ];

  config = {
    image.extension = lib.mkForce "box";
    image.filePath = lib.mkForce config.image.fileName;
    system.nixos.tags = [ "vagrant" ];
    system.build.vagrantVirtualbox =
      pkgs.runCommand
        "vagrant-virtualbox"
        {
          metadata = builtins.toJSON { provider = "virtualbox"; };
          vagrantfile = "Vagrant.configure(\"2\") do |config|\nend\n";
          passAsFile = [ "metadata" "vagrantfile" ];
        }
        ''
          mkdir -p box "$out"
          tar -xf ${config.system.build.virtualBoxOVA}/${config.system.build.virtualBoxOVA.filePath} -C box
          # The manifest is of the file's old name.
          rm box/*.mf
          mv box/*.ovf box/box.ovf
          cp "$metadataPath" box/metadata.json
          cp "$vagrantfilePath" box/Vagrantfile
          tar --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner --mode=u+rw,a+r -C box -cf "$out/${config.image.fileName}" .
        '';
    system.build.image = lib.mkForce config.system.build.vagrantVirtualbox;
  };
}
