#!@shell@
echo "@word@ @Unknown@ @left@"
