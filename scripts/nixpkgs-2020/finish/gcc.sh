for program in gcc g++ cpp gcc-ar gcc-nm gcc-ranlib gcov; do [ ! -e "$out/bin/$program-10" ] || ln -s "$program-10" "$out/bin/$program"; done
ln -s gcc "$out/bin/cc"
ln -s g++ "$out/bin/c++"
# Debian's links only what is needed; nixpkgs' names libraries before the files that need them.
specs=$out/lib/gcc/x86_64-linux-gnu/10/specs
"$out/bin/gcc" -dumpspecs > default-specs
sed 's|--hash-style=gnu *--as-needed|--hash-style=gnu|' default-specs > "$specs"
if cmp -s default-specs "$specs"; then exit 1; fi
