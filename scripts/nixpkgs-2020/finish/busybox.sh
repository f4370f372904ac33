for applet in $("$out/bin/busybox" --list); do [ -e "$out/bin/$applet" ] || ln -s busybox "$out/bin/$applet"; done
