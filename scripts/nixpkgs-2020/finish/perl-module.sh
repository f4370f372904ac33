mkdir -p "$out/lib/perl5/site_perl"
for folder in share/perl5 lib/perl5/5.32; do [ ! -d "$out/$folder" ] || cp -a "$out/$folder/." "$out/lib/perl5/site_perl/"; done
