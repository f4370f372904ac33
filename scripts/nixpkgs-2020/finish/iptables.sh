for program in iptables ip6tables; do
  for end in '' -save -restore; do ln -s "$program-legacy$end" "$out/bin/$program$end"; done
done
