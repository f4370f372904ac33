# Ends a check that failed: with its report, the lines of "$file" that this names by number or in quotes, and the option that has them.
refuse() {
  {
    sed "s|$file|$name|g" report | grep -v '^ *$'
    {
      grep -oE "(line |$name: ?)[0-9]+" report | grep -oE '[0-9]+$'
      grep -oE '"[^"]+"' report | grep -nFf - "$file" | cut -d : -f 1
    } | sort -nu | head -n 5 | while read -r number; do
      echo "line $number of $name: $(sed -n "${number}p" "$file")"
    done
    echo "This comes from $option."
  } >&2 || true
  exit 1
}
