sed -i "s#\"\\(probe-bcache\\|bcache-register\\|bcache-keep-symlinks\\) #\"$out/lib/udev/\\1 #" "$out"/lib/udev/rules.d/*
