let d = json: (derivation { name = "a"; system = "s"; builder = "b"; __json = json; }).drvPath;
in [ (d "{}") (d "{ \"b\": 2.50, \"a\": [ \"\\u00e9\" ] }") ((d "{ }") == (d "{}")) ]
