# As nixpkgs has them: without programs of the package's own.
sed -i "/IMPORT{program}=\"\\(probe-bcache\\|bcache-keep-symlinks\\)/d
s#RUN+=\"bcache-register \\\$tempnode\"#RUN+=\"$shell/bin/sh -c 'echo \$tempnode > /sys/fs/bcache/register'\"#" "$out"/lib/udev/rules.d/*
