ln -s nc.openbsd "$out/bin/nc"
