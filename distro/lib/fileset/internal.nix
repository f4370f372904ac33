# The parts under the names that nixpkgs has for them.
{
  lib ? import ../.,
}:

let
  part = file: import file { inherit lib; };
  values = part ./values.nix;
  combine = part ./combine.nix;
  reduce = part ./reduce.nix;
  origins = part ./origins.nix;
in
{
  _create = values.create;
  _coerce = values.coerce;
  _coerceMany = values.coerceMany;
  _singleton = values.singleton;
  _emptyWithoutBase = values.empty;
  _unionMany = combine.unionMany;
  _intersection = combine.intersection;
  _difference = combine.difference;
  _toSourceFilter = reduce.toSourceFilter;
  _toList = reduce.toList;
  _printFileset = reduce.show;
  _fromSourceFilter = origins.fromSourceFilter;
  _fileFilter = origins.fileFilter;
  _fromFetchGit = origins.fromFetchGit;
}
