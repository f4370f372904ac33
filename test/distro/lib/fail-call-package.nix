let lib = import ../../../distro/lib; in
lib.callPackageWith { openssl = 1; } ({ opensl }: opensl) { }
