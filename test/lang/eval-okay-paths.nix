[ /a/b /a/../b /a/./b /../x (builtins.toString /a/b/..) (/a + "/b") (/a + "b") (/a + "/../b") (/a + /b)
  (builtins.typeOf ./x) (baseNameOf ./foo) ]
