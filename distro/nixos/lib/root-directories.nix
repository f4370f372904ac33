# What is at the root of a machine's file system besides the store, for the builders of images.
{
  directories = [
    "boot"
    "dev"
    "etc"
    "home"
    "media"
    "mnt"
    "nix/store"
    "nix/var/nix/profiles"
    "opt"
    "proc"
    "run"
    "srv"
    "sys"
    "usr"
    "var"
    {
      path = "root";
      mode = "0700";
    }
    {
      path = "tmp";
      mode = "1777";
    }
  ];
  links = {
    bin = "usr/bin";
    sbin = "usr/sbin";
    lib = "usr/lib";
    lib64 = "usr/lib64";
  };
}
