mkdir "$out"
{
  echo "export SHELL=$builder"
  echo "initialPath=\"$initialPath\""
  cat "$setup"
} > "$out/setup"
