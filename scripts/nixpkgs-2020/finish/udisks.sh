sed -i "s#\"/bin/sh#\"$shell/bin/sh#; s#/sbin/mdadm#mdadm#g; s#/bin/sed#sed#g" "$out"/lib/udev/rules.d/*
