# What a tree has beside its modules.
{
  mkInternal = default: { _type = "option"; inherit default; internal = true; };
}
