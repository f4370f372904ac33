# Texts with dependencies on other texts, as activation scripts have.
{ lib }:

let
  inherit (builtins) head isAttrs map tail;
in
rec {
  /* A text without dependencies. */
  noDepEntry = text: {
    inherit text;
    deps = [ ];
  };

  fullDepEntry = text: deps: { inherit text deps; };

  /* Dependencies without a text. */
  packEntry = deps: {
    inherit deps;
    text = "";
  };

  stringAfter = deps: text: { inherit text deps; };

  /* The texts of the names and of all their dependencies, each once, in order. */
  textClosureList =
    predefined: names:
    let
      visit =
        done: todo:
        if todo == [ ] then
          {
            inherit done;
            result = [ ];
          }
        else
          let
            entry = head todo;
          in
          if isAttrs entry then
            let
              before = visit done entry.deps;
              rest = visit before.done (tail todo);
            in
            {
              result = before.result ++ [ entry.text ] ++ rest.result;
              inherit (rest) done;
            }
          else if done ? ${entry} then
            visit done (tail todo)
          else
            visit (done // { ${entry} = true; }) ([ predefined.${entry} ] ++ tail todo);
    in
    (visit { } names).result;

  textClosureMap =
    f: predefined: names: builtins.concatStringsSep "\n" (map f (textClosureList predefined names));
}
