map dirOf [ "/a/b" "/a" "a" "a/b" "" "/" /a/b /a "/a/b/" ]
