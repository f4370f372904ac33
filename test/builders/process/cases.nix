# Small derivations of many kinds, each built by real Nix and by bootflake: the outputs must be the same bytes.
# `tools`: a folder whose `bin` holds busybox under the names of its applets.
{ tools }:
let
  bb = builtins.path { path = tools; name = "tools"; };
  sh = name: script: attrs: derivation ({
    inherit name;
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-e" "-c" script ];
    PATH = "${bb}/bin";
  } // attrs);
  text = builtins.toFile "text" "some text\n";
  lib = sh "lib" "mkdir -p $out/lib; echo lib > $out/lib/a; ln -s a $out/lib/b" { };
  app = sh "app" "mkdir -p $out/bin; echo $lib/lib/a > $out/bin/app; chmod +x $out/bin/app" { inherit lib; };
  structured = attrs: sh "structured" ''
    # shellcheck-free: /bin/sh is busybox, which has no arrays
    outJson=$(cat $NIX_ATTRS_JSON_FILE)
    out=''${outJson#*'"outputs":{"out":"'}; out=''${out%%'"'*}
    mkdir $out
    cp $NIX_ATTRS_JSON_FILE $out/json
    cp $NIX_ATTRS_SH_FILE $out/sh
  '' ({ __structuredAttrs = true; } // attrs);
  hash = builtins.hashString "sha256";
in
{
  plain-file = sh "plain-file" "echo hello > $out" { };
  empty-file = sh "empty-file" ": > $out" { };
  executable = sh "executable" "echo x > $out; chmod 755 $out" { };
  symlink-out = sh "symlink-out" "ln -s /nowhere/at/all $out" { };
  directory = sh "directory" "mkdir -p $out/a/b/c; echo 1 > $out/a/1; echo 2 > $out/a/b/2; mkdir $out/empty" { };
  modes = sh "modes" "mkdir $out; echo > $out/a; echo > $out/b; chmod 0640 $out/a; chmod 0700 $out/b; mkdir $out/c; chmod 0500 $out/c" { };
  times = sh "times" "mkdir $out; touch -d '2001-01-01 00:00:00' $out/x; ls -l --full-time $out/x > $out/y" { };
  hard-links = sh "hard-links" "mkdir $out; echo x > $out/a; ln $out/a $out/b; chmod +x $out/b" { };
  sparse = sh "sparse" "truncate -s 1M $out" { };
  symlinks = sh "symlinks" "mkdir $out; ln -s $out/x $out/self; ln -s ../../etc/passwd $out/up; ln -s loop $out/loop" { };
  odd-names = sh "odd-names" "mkdir $out; echo > \"$out/a b\"; echo > \"$out/-x\"; echo > \"$out/\"\$(printf '\\377\\001')" { };
  inherit lib app;
  reads-input = sh "reads-input" "cat $lib/lib/b > $out; ls -R $lib >> $out" { inherit lib; };
  file-input = sh "file-input" "cat $text > $out; stat -c '%a %F %Y %s' $text >> $out" { inherit text; };
  file-output-input = sh "file-output-input" "cat $x > $out" { x = sh "x" "echo x > $out" { }; };
  symlink-input = sh "symlink-input" "readlink $x > $out; stat -c '%F %Y' $x >> $out" { x = sh "link" "ln -s ${text} $out" { }; };
  closure = sh "closure" "cat $app/bin/app > $out; cat $(cat $out) >> $out" { inherit app; };
  self-reference = sh "self-reference" "mkdir $out; echo $out > $out/me" { };
  multiple = sh "multiple" ''
    mkdir $out $dev $doc; echo $dev > $out/dev; echo > $dev/h; echo "no reference" > $doc/d
  '' { outputs = [ "out" "dev" "doc" ]; };
  multiple-file = sh "multiple-file" "echo 1 > $bin; ln -s $bin $man" { outputs = [ "bin" "man" ]; };
  needs-dev = sh "needs-dev" "ls $x > $out" {
    x = (sh "two" "mkdir $out $dev; echo > $dev/h; echo $dev > $out/x" { outputs = [ "out" "dev" ]; }).dev;
  };
  environment = sh "environment" "env | grep -v '^_=' | sort > $out" {
    a = 1; b = true; c = false; d = null; e = [ 1 "x" ]; f = 1.5; NODE_OPTIONS = "kept";
  };
  environment-override = sh "environment-override" "env | grep -v '^_=' | sort > $out" {
    HOME = "/mine"; NIX_STORE = "/other"; TMPDIR = "/x"; PWD = "/y"; TERM = "dumb"; NIX_BUILD_CORES = "77"; NIX_LOG_FD = "9"; TZ = "UTC";
  };
  odd-environment = sh "odd-environment" "env | grep -v '^_=' | sort > $out; tr '\\0' '\\n' < /proc/1/environ >> $out" {
    "odd-name" = "1"; "odd=name" = "2"; odd = "a\nb\tc'\"\\ü";
  };
  place = sh "place" "pwd > $out; echo $$ $PPID >> $out; id >> $out; hostname >> $out; umask >> $out; uname -m >> $out; ulimit -c >> $out" {
  };
  etc = sh "etc" "for f in /etc/*; do echo $f; cat $f; done > $out" { };
  devices = sh "devices" ("cd /dev; for i in null zero full random urandom tty fd stdin stdout stderr shm pts ptmx; "
    + "do stat -c '%n %F %t %T' $i; done > $out") {
  };
  filesystem = sh "filesystem" "ls / /bin /nix /build > $out; ls -a /tmp /dev/shm >> $out" { };
  network = sh "network" "ip -o addr | sed 's/.*inet/inet/' > $out; ip route >> $out; cat /proc/net/dev | wc -l >> $out" { };
  personality = sh "personality" "cat /proc/self/personality > $out" { };
  personality32 = sh "personality32" "cat /proc/self/personality > $out; uname -m >> $out" { system = "i686-linux"; };
  shared-memory = sh "shared-memory" "echo x > /dev/shm/x; cat /dev/shm/x > $out; stat -c %a /dev/shm >> $out" { };
  standard-streams = sh "standard-streams" ("echo to stderr > /dev/stderr; echo to stdout > /dev/stdout; "
    + "echo more >> /proc/self/fd/2; wc -c < /dev/stdin > $out") {
  };
  pass-as-file = sh "pass-as-file" ("cat $longPath $emptyPath > $out; echo $longPath $emptyPath >> $out; "
    + "env | grep -c '^long=' >> $out || true") {
    passAsFile = [ "long" "empty" ]; long = builtins.concatStringsSep "-" (builtins.genList toString 40000); empty = "";
  };
  placeholder = sh "placeholder" "echo $x > $out" { x = "${placeholder "out"}/x"; };
  arguments = derivation {
    name = "arguments"; system = "x86_64-linux"; builder = "/bin/sh";
    args = [ "-c" "for i in \"$@\"; do echo \"<$i>\"; done > $out" "zero" "" "a b" "'" "\"" "\\" "$x" "ü" "-n" "*" "a\nb" ];
  };
  builder-path = derivation { name = "builder-path"; system = "x86_64-linux"; builder = "${bb}/bin/sh"; args = [ "-c" "echo hi > $out" ]; };
  script-builder = derivation {
    name = "script-builder"; system = "x86_64-linux";
    builder = sh "script" "printf '#! /bin/sh\\necho $1 > $out\\n' > $out; chmod +x $out" { }; args = [ "arg" ];
  };
  builder-file = derivation {
    name = "builder-file"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ (builtins.toFile "b.sh" "echo from a file > $out") ];
  };
  structured-simple = structured {
    string = "it's"; int = 42; true_ = true; false_ = false; null_ = null; list = [ "a" 1 true ]; set = { x = "y"; "k'k" = 3; };
  };
  structured-numbers = structured {
    big = 5000000000; max = 9223372036854775807; negative = -7; half = 0.5; whole = 2.0; large = 1.0e30; list = [ 1 2.5 ]; tiny = 1.0e-7;
  };
  structured-nested = structured {
    nested = { a = { b = [ 1 { c = null; } ]; }; }; deep = [ [ 1 ] [ ] ]; emptyList = [ ]; emptySet = { }; "not-a-name" = 1;
    "ünï" = "cödé";
  };
  structured-text = structured { controls = "\t\n\r\\\"/<>&'\${x}"; path = text; drv = lib; placeholder = placeholder "out"; };
  structured-outputs = structured { outputs = [ "out" ]; inherit app; };
  structured-graph = structured { exportReferencesGraph = { graph = [ app text ]; other = lib; }; };
  export-graph = sh "export-graph" "cat graph other > $out" { exportReferencesGraph = [ "graph" app "other" text ]; };
  export-graph-drv = sh "export-graph-drv" "wc -l < graph > $out; grep -c drv graph >> $out" {
    exportReferencesGraph = [ "graph" app.drvPath ];
  };
  fixed-flat = sh "fixed-flat" "printf abc > $out" { outputHashAlgo = "sha256"; outputHashMode = "flat"; outputHash = hash "abc"; };
  fixed-sha512 = sh "fixed-sha512" "printf abc > $out" { outputHash = builtins.hashString "sha512" "abc"; outputHashAlgo = "sha512"; };
  fixed-recursive = sh "fixed-recursive" "mkdir $out; printf abc > $out/x" {
    outputHashAlgo = "sha256"; outputHashMode = "recursive"; outputHash = "sha256-R4qwKKyazZq6SAaZ8G0jfu0aV1+KdJW8uVczCVag9BU=";
  };
  fixed-environment = sh "fixed-environment" "test $NIX_OUTPUT_CHECKED = 1; test \"$UNSET_ANYWHERE\" = ''; printf abc > $out" {
    outputHashAlgo = "sha256"; outputHash = hash "abc"; impureEnvVars = [ "UNSET_ANYWHERE" ];
  };
  allowed = sh "allowed" "echo $lib > $out" {
    inherit lib; allowedReferences = [ lib ]; allowedRequisites = [ lib ]; disallowedReferences = [ text ];
    disallowedRequisites = [ app ];
  };
  allowed-none = sh "allowed-none" "echo > $out" { allowedReferences = [ ]; };
  discard = structured { inherit lib; unsafeDiscardReferences.out = true; };
  many-inputs = sh "many-inputs" "cat $xs > $out" { xs = builtins.genList (i: sh "i${toString i}" "echo ${toString i} > $out" { }) 12; };
  many-directories = sh "many-directories" "for x in $xs; do ls -a $x; done > $out; ls /nix/store | sort >> $out" {
    xs = builtins.genList (i: builtins.path { path = tools; name = "d${toString i}"; filter = _: _: false; }) 40;
  };
  background = sh "background" "sleep 1000 & echo done > $out" { };
  deep = sh "deep" "mkdir $out; cd $out; for i in $(seq 60); do mkdir d; cd d; done; echo bottom > f" { };
  large = sh "large" "mkdir $out; yes 0123456789 | head -c 3000000 > $out/large; for i in $(seq 120); do echo $i > $out/$i; done" { };
  ignores-status = sh "ignores-status" "false || true; echo ok > $out" { };
  closes-output = sh "closes-output" "exec >&- 2>&-; echo x > $out" { };
  buildenv =
    let
      p = name: script: sh name "mkdir -p $out/bin $out/share/doc; ${script}" { };
      a = p "a" ("echo a > $out/bin/a; echo x > $out/share/x; echo > $out/.hidden; mkdir $out/nix-support; "
        + "echo ${third} > $out/nix-support/propagated-user-env-packages");
      b = p "b" ("echo b > $out/bin/b; echo y > $out/share/x; echo > $out/share/doc/b; ln -s /dangling $out/bin/c; "
        + "mkdir $out/only; echo > $out/only/here");
      third = p "third" "echo t > $out/bin/t; ln -s $out/share $out/link";
    in
    derivation {
      name = "user-environment";
      system = "builtin";
      builder = "builtin:buildenv";
      manifest = text;
      derivations = [ "true" 5 1 a "true" 3 1 b "false" 1 1 lib ];
    };
  unpack-channel = derivation {
    name = "channel";
    system = "builtin";
    builder = "builtin:unpack-channel";
    channelName = "nixos";
    src = sh "channel.tar" "mkdir -p c/lib; echo 1 > c/default.nix; echo 2 > c/lib/x; chmod +x c/lib/x; ln -s lib c/link; tar -cf $out c" {
    };
  };
}
