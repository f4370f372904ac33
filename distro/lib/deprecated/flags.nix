# Switches of packages, by name.
{ lib }:

let
  inherit (builtins) all elem elemAt head isAttrs isBool isList tail;
in
rec {
  ifEnable =
    condition: value:
    if condition then
      value
    else if isList value then
      [ ]
    else if isAttrs value then
      { }
    else if isBool value then
      false
    else
      null;

  /* Whether a switch is on: "true" always is, another if it's among `flags` or an attribute says so. */
  checkFlag =
    set: name:
    if name == "true" then
      true
    else if name == "false" then
      false
    else if elem name (set.flags or [ ]) then
      true
    else
      set.${name} or false;

  /* The value of an option: of the set, of its flags, or of a list of [ name value ] pairs. */
  getValue =
    set: pairs: name:
    set.${name} or (
      if checkFlag set name then
        true
      else
        let
          pair = lib.findFirst (pair: head pair == name) null pairs;
        in
        if pair == null then null else elemAt pair 1
    );

  /* Whether each [ switch needed... ] whose switch is on has what it needs. */
  checkReqs =
    set: pairs: requirements:
    let
      has =
        name:
        let
          value = getValue set pairs name;
        in
        value != null && value != false;
    in
    all (requirement: checkFlag set (head requirement) -> all has (tail requirement)) requirements;

  /* The name with the suffix of each condition that holds: [ condition suffix condition suffix ... ]. */
  condConcat =
    name: list: checker:
    if list == [ ] then
      name
    else
      condConcat
        (if checker (head list) then name + elemAt list 1 else name)
        (lib.drop 2 list)
        checker;
}
