for program in gcc g++ cpp gcc-ar gcc-nm gcc-ranlib gcov; do [ ! -e "$out/bin/$program-10" ] || ln -s "$program-10" "$out/bin/$program"; done
ln -s gcc "$out/bin/cc"
ln -s g++ "$out/bin/c++"
