let d = derivation { name = "n"; system = "s"; builder = "b"; }; in /a + "${d}"
