import ./make-test-python.nix ({ pkgs, ... }: {
  machine.services.hello.enable = true;
  testScript = ''
    machine.succeed("${pkgs.strace}/bin/strace -V")
  '';
})
