# Assertions with a message.
{ lib }:

rec {
  assertMsg = cond: message: cond || throw message;

  assertOneOf =
    name: val: xs:
    assertMsg
      (builtins.elem val xs)
      "${name} must be one of ${lib.generators.toPretty { } xs}, but is: ${lib.generators.toPretty { } val}";

  assertEachOneOf =
    name: vals: xs:
    assertMsg
      (builtins.all (val: builtins.elem val xs) vals)
      "each element in ${name} must be one of ${lib.generators.toPretty { } xs}, but is: ${lib.generators.toPretty { } vals}";

  /* Throws one message that lists all failed { assertion, message }, and warns of the warnings. */
  checkAssertWarn =
    assertions: warnings: value:
    let
      failed = map (a: a.message) (builtins.filter (a: !a.assertion) assertions);
    in
    if failed != [ ] then
      throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (m: "- ${m}") failed}"
    else
      lib.showWarnings warnings value;
}
