# Conditions and priorities are around the definition, whose name is in quotes. Another definition of the same file system has no part.
(import ./system.inc ({ lib, ... }: {
  fileSystems = lib.mkMerge [
    { "/a\"b\\" = { fsType = "ext4"; }; }
    (lib.mkIf true {
      "/a\"b\\" = lib.mkForce { device = lib.mkIf true "/dev/vdb\nx"; fsType = "ext4"; };
    })
  ];
})).config.environment.etc.fstab.text
