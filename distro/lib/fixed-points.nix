# Recursive sets that can be extended.
{ lib }:

rec {
  fix =
    f:
    let
      x = f x;
    in
    x;
  fix' =
    f:
    let
      x = f x // { __unfix__ = f; };
    in
    x;

  converge =
    f: x:
    let
      y = f x;
    in
    if y == x then x else converge f y;

  /* fix (extends overlay f): `overlay` is final: prev: { ... }. */
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;

  composeExtensions =
    f: g: final: prev:
    let
      fAttrs = f final prev;
      prev' = prev // fAttrs;
    in
    fAttrs // g final prev';
  composeManyExtensions =
    extensions: final: prev:
    let
      step =
        acc: overlay:
        let
          new = overlay final (prev // acc);
        in
        acc // new;
    in
    builtins.foldl' step { } extensions;

  makeExtensible = makeExtensibleWithCustomName "extend";
  makeExtensibleWithCustomName =
    extenderName: rattrs:
    fix' (
      self:
      rattrs self
      // {
        ${extenderName} = f: makeExtensibleWithCustomName extenderName (extends f rattrs);
      }
    );

  /* An overlay from a function of `final`, of `final: prev`, or from a set. */
  toExtension =
    f:
    if lib.isFunction f then
      final: prev:
      let
        once = f final;
      in
      if lib.isFunction once then f final prev else f prev
    else
      final: prev: f;
}
