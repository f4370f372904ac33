[ (builtins.split "," "a,b,,c") (builtins.split "(,)(x)?" "a,xb") (builtins.split "" "ab") (builtins.split "z" "")
  (builtins.split "(a)|(b)" "ab") ]
