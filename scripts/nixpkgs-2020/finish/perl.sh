for program in "$out"/bin/perl5*; do [ ! -e "$program" ] || ln -sf perl "$program"; done
mv "$out/bin/perl" "$out/bin/.perl"
{ echo "#!$shell/bin/bash"
  echo "export PERL5LIB=\"\${PERL5LIB:+\$PERL5LIB:}$out/lib/perl/5.32:$out/share/perl/5.32:$out/lib/perl-base\""
  echo "exec -a \"\$0\" $out/bin/.perl \"\$@\""
} > "$out/bin/perl"
chmod 755 "$out/bin/perl"
