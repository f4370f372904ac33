# Orders or renews a certificate: $run and $renew are lego's arguments, $file the certificate without its suffix, $key its key.

printf '%s\n' "$names" > names
if cmp -s names certificates/names && [ -e "$key" ] && [ -e "$file.crt" ] && [ -n "$(find accounts -name "$account.key")" ]; then
  if ! lego "${renew[@]}"; then
    # The network may be down. That is no failure while the certificate is good for long.
    if ! openssl x509 -noout -checkend $((days * 86400)) -in out/fullchain.pem; then exit 11; fi
    echo "The certificate could not be renewed, but is valid for more than $days days." >&2
  fi
elif ! lego "${run[@]}"; then
  echo "There is no certificate from the authority. Servers go on with the one that they have." >&2
  exit 10
fi
mv names certificates/names

if ! cmp -s "$file.crt" out/fullchain.pem; then
  cp "$file.crt" out/fullchain.pem
  cp "$key" out/key.pem
  cp "$file.issuer.crt" out/chain.pem
  ln -sf fullchain.pem out/cert.pem
  cat out/key.pem out/fullchain.pem > out/full.pem
  touch out/renewed
fi
chmod -R u=rwX,g=rX,o= out certificates
chmod -R u=rwX,g=,o= accounts
