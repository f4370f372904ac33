ln -s policykit-1 "$out/lib/polkit-1"
