rm -r "$out"
touch "$out"
