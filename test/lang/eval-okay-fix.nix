let
  fix = f: let x = f x; in x;
  extends = f: rattrs: self: let super = rattrs self; in super // f self super;
  base = self: { a = 1; b = self.a + 1; };
  over = self: super: { a = 10; c = super.b; };
in fix (extends over base)
