{ lib ? import ../../../distro/lib }:
with lib;
{
  functions = [ (id 1) (const 1 2) (concat [ 1 ] [ 2 ]) (flip (a: b: a - b) 1 5) (mapNullable (x: x + 1) null)
    (mapNullable (x: x + 1) 22) (pipe 2 [ (x: x + 2) (x: x * 2) ]) ];
  booleans = [ (trivial.or true false) (and true false) (boolToString true) ];
  numbers = [ (min 1 2) (max 1 2) (mod 11 10) (mod 1 10) (compare 1 2) (compare 2 2) (bitAnd 6 3) (trivial.bitNot 5) ];
  hex = [ (toHexString 250) (toBaseDigits 2 6) (toBaseDigits 10 0) ];
  split = map (splitByAndCompare (hasPrefix "foo") compare compare "fooz") [ "x" "fooa" "fooz" ];
  args = [ (functionArgs (setFunctionArgs (x: x) { a = true; })) (functionArgs ({ a, b ? 1 }: a))
    (isFunction (setFunctionArgs (x: x) { })) (isFunction { __functor = self: x: x; }) (isFunction { }) ];
  fix = fix (self: { foo = "foo"; bar = self.foo + "bar"; });
  extends = (fix (extends (self: super: { foo = super.foo + "2"; }) (self: { foo = "foo"; bar = self.foo; })));
  compose = (fix (extends (composeExtensions (self: super: { a = super.a + 1; }) (self: super: { a = super.a * 10; }))
      (self: { a = 1; }))).a;
  extensible = let e = makeExtensible (self: { a = 1; b = self.a + 1; });
  in [ e.b (e.extend (self: super: { a = 10; })).b ((e.extend (self: super: { a = 10; })).extend (self: super: { a = super.a + 1; })).b ];
  converge = converge (x: x / 2) 16;
  version = [ (versions.major "1.2.3") (versions.minor "1.2.3") (versions.patch "1.2.3") (versions.majorMinor "1.2.3")
    (splitVersion "1.2.3") ];
}
