# A system that replaces a running one: system.build.kexecTree has a script that starts it.
{
  imports = [
    ../netboot/netboot-minimal.nix
  ];
}
