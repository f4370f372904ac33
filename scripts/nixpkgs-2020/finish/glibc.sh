# Linker scripts.
for script in "$out"/lib/*.so; do
  if [ "$(head -c 6 "$script" | tr -d '\000')" = '/* GNU' ]; then
    sed -i "s@\\(/usr\\)\\?/lib/x86_64-linux-gnu/@$out/lib/@g; s@/lib64/@$out/lib/@g" "$script"
  fi
done
