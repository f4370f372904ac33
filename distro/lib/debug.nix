# Looking into an evaluation.
{ lib }:

let
  inherit (builtins) attrNames deepSeq isAttrs isFunction isList map toJSON trace;
in
rec {
  inherit (builtins) addErrorContext trace unsafeGetAttrPos;

  traceIf = cond: message: x: if cond then trace message x else x;
  traceValFn = f: x: trace (f x) x;
  traceVal = traceValFn lib.id;
  traceSeq = x: y: trace (deepSeq x x) y;
  traceSeqN =
    depth: x: y:
    let
      cut =
        n: v:
        if isList v then
          (if n == 0 then "[…]" else map (cut (n - 1)) v)
        else if isAttrs v then
          (if n == 0 then "{…}" else builtins.mapAttrs (_: cut (n - 1)) v)
        else
          v;
    in
    trace (lib.generators.toPretty { allowPrettyValues = true; } (cut depth x)) y;
  traceValSeqFn = f: v: traceValFn f (deepSeq v v);
  traceValSeq = traceValSeqFn lib.id;
  traceValSeqNFn = f: depth: v: traceSeqN depth (f v) v;
  traceValSeqN = traceValSeqNFn lib.id;
  traceFnSeqN =
    depth: name: f: v:
    let
      res = f v;
    in
    traceSeqN (depth + 1) {
      fn = name;
      from = v;
      to = res;
    } res;

  /* Runs { testX = { expr, expected }; }: the list of those that differ. */
  runTests =
    tests:
    builtins.concatLists (
      builtins.attrValues (
        builtins.mapAttrs (
          name: test:
          if
            builtins.substring 0 4 name == "test" && (test ? expected && test.expr != test.expected)
          then
            [
              {
                inherit name;
                inherit (test) expected;
                result = test.expr;
              }
            ]
          else if test ? expectedError && (builtins.tryEval (deepSeq test.expr null)).success then
            [
              {
                inherit name;
                expected = "an error";
                result = test.expr;
              }
            ]
          else
            [ ]
        ) tests
      )
    );
  testAllTrue = expr: {
    inherit expr;
    expected = map (_: true) expr;
  };
  throwTestFailures =
    {
      failures,
      description ? "tests",
      ...
    }:
    if failures == [ ] then
      null
    else
      throw
        "${toString (builtins.length failures)} ${description} failed:\n${lib.generators.toPretty { } failures}";
}
