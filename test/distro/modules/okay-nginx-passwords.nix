# nginx's file of passwords has no quotes: what has a meaning in nginx.conf has none there.
let
  lib = import ../../../distro/lib;
  inherit (import ../../../distro/nixos/lib/formats { inherit lib; }) nginx;
  line = user: password:
    let attempt = builtins.tryEval (nginx.password "o" user password); in if attempt.success then attempt.value else "refused";
in
{
  okay = [ (line "alice" "it's;secret{") (line "a b#c;" "\"} \\$x # \\") (line "é" "") ];
  refused = [ (line "a:b" "x") (line "#a" "x") (line "" "x") (line "a\nb" "x") (line "a" "x\ny:z") (line "a" "x:y") (line "a" "x\r") ];
}
