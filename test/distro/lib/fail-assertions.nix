let lib = import ../../../distro/lib; in
lib.checkAssertWarn [ { assertion = false; message = "first"; } { assertion = true; message = "no"; }
  { assertion = false; message = "second"; } ] [ ] 1
