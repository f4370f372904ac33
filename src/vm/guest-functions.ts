/**
 * The shell functions defined in a guest's POSIX shell before it runs commands. `$bf` is our folder in the guest with the files of command
 * N: its output N.out and N.err; N.end, its exit status; N.in.K, pieces of its input; N.fed, the number of pieces it received. Few forks,
 * as each one is slow on an emulated machine.
 */
export const guestFunctions = [
  // A session without a terminal, like that of a command run by ssh: as a background job of this one, a command that uses the terminal
  // would be stopped.
  'bf_alone=$(command -v setsid)',
  'bf_part() { echo "@$4"; if [ $(($2 - $3)) -le $5 ]; then tail -c +$(($3 + 1)) "$1"; else tail -c +$(($3 + 1)) "$1" | head -c "$5"; ' +
    'fi | base64 -w 0; echo ";"; }',
  // bf_look N OUT ERR TAG MAX: how command N stands and what it has written from these offsets on, at most MAX bytes of each, as
  // `@begin TAG STATUS OUTSIZE ERRSIZE FED; @oBASE64; @eBASE64; @end TAG;`, the end twice, as the kernel may print into one.
  'bf_look() { s=-; [ -e "$bf/$1.end" ] && read s < "$bf/$1.end"; { read o; read e; } <<EOF',
  '$(stat -c %s "$bf/$1.out" "$bf/$1.err")',
  'EOF',
  'read i 2>/dev/null < "$bf/$1.fed" || i=0; echo "@begin $4 $s $o $e $i;"',
  '[ "$o" -gt "$2" ] && bf_part "$bf/$1.out" "$o" "$2" o "$5"; [ "$e" -gt "$3" ] && bf_part "$bf/$1.err" "$e" "$3" e "$5"; echo "@end ' +
    '$4;"; echo "@end $4;"; }',
  // bf_take N K SIZE: piece K of the input of command N, in base 64 on standard input. An empty one is the end.
  'bf_take() { base64 -d > "$bf/new"; if [ "$(stat -c %s "$bf/new")" = "$3" ]; then mv "$bf/new" "$bf/$1.in.$2"; echo "@taken $2;"; ' +
    'echo "@taken $2;"; else echo "@spoilt $2;"; fi; }',
  // bf_feed N: prints the pieces as they come, until the end.
  'bf_feed() { k=0; while :; do if [ -e "$bf/$1.in.$k" ]; then [ -s "$bf/$1.in.$k" ] || exit; cat "$bf/$1.in.$k" || exit; rm -f ' +
    '"$bf/$1.in.$k"; k=$((k + 1)); echo $k > "$bf/$1.fed"',
  'else sleep 0.2 2>/dev/null || sleep 1; fi; done; }',
  // bf_run N INPUT: runs $bf_c in the user's shell, with nothing to read, or with what bf_feed prints.
  'bf_run() { : > "$bf/$1.out"; : > "$bf/$1.err"; f=',
  'if [ "$2" = none ]; then i=/dev/null; else i=$bf/$1.pipe; mkfifo "$i"; bf_feed "$1" > "$i" & f=$!; fi',
  '$bf_alone "${SHELL:-/bin/sh}" -c "$bf_c" > "$bf/$1.out" 2> "$bf/$1.err" < "$i"; echo $? > "$bf/$1.status"',
  '[ -z "$f" ] || kill $f 2>/dev/null; mv "$bf/$1.status" "$bf/$1.end"; echo "@done $1;"; }',
  '',
].join('\n');
