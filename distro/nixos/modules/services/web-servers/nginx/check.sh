# Copies $textPath to $out if nginx reads it.

copy=$PWD/nginx.conf
tried=$PWD/tried
cp "$textPath" "$copy"
: > "$tried"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout stand-in.key -out stand-in.pem 2> /dev/null
cat stand-in.key >> stand-in.pem

# Replaces words, in the line of the number $3 or in all.
replace() {
  # Something that was tried before did not help: the check ends here.
  if grep -qxF -- "$1 $2 $3" "$tried"; then return 1; fi
  printf '%s\n' "$1 $2 $3" >> "$tried"
  from=$1 to=$2 line=$3 perl -i -pe 's/\Q$ENV{from}\E/$ENV{to}/g if $ENV{line} eq "" || $. == $ENV{line}' "$copy"
}

quoted() { sed -nE "s/.*$1 \"([^\"]+)\".*/\1/p" <<< "$message"; }

while ! "$nginx" -t -c "$copy" > log 2>&1; do
  # Folders for logs and caches are missing, too, but come after all has been read.
  if grep -q 'syntax is ok' log; then break; fi
  message=$(grep -m 1 -F '[emerg]' log || tail -n 1 log)
  message=${message#*: }
  line=$(sed -nE "s|.* in $copy:([0-9]+)\$|\1|p" <<< "$message")
  case $message in
    *'host not found in '*)
      host=$(quoted 'host not found in [a-z ]*')
      replace "${host%%[:/]*}" 127.0.0.1 "$line" && continue ;;
    'cannot load certificate '* | 'SSL_CTX_use_PrivateKey'* | 'SSL_CTX_load_verify_locations('* | 'X509'*)
      file=$(sed -nE 's/^[^"]*"(data:)?([^"]+)".*/\2/p' <<< "$message")
      [ -e "$file" ] || { replace "$file" "$PWD/stand-in.pem" '' && continue; } ;;
    'BIO_new_file("'*)
      file=$(sed -nE 's/^[^"]*"([^"]+)".*/\1/p' <<< "$message")
      [ -e "$file" ] || { replace "ssl_dhparam \"$file\";" '' '' && continue; } ;;
    'open() "'*'No such file or directory'*)
      file=$(quoted 'open\(\)')
      : > empty.conf
      [ -e "$file" ] || case $file in
        /nix/store/*) ;;
        *) replace "$file" "$PWD/empty.conf" "$line" && continue ;;
      esac ;;
  esac
  case $message in
    *'host not found in '* | 'cannot load certificate '*'No such file'* | 'BIO_new_file('*'No such file'*)
      echo "nginx.conf is checked up to: $message" >&2
      break ;;
  esac
  echo "services.nginx: nginx refuses the configuration: ${message// in "$copy":/ in line }" >&2
  if [ -n "$line" ]; then sed -n "${line}p" "$textPath" | sed 's/^/  /' >&2; fi
  echo "Change it in the options of services.nginx, or set services.nginx.validateConfigFile = false." >&2
  exit 1
done
cp "$textPath" "$out"
