let d = name: derivation { inherit name; system = "s"; builder = "b"; }; in assert d "a" == d "b"; 1
