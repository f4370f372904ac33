"""The keys of characters on a keyboard of the United States, as qemu's `sendkey` names them."""

_NAMED = {
    "\n": "ret",
    "\t": "tab",
    " ": "spc",
    "-": "minus",
    "=": "equal",
    "[": "bracket_left",
    "]": "bracket_right",
    ";": "semicolon",
    "'": "apostrophe",
    "`": "grave_accent",
    "\\": "backslash",
    ",": "comma",
    ".": "dot",
    "/": "slash",
}

# With shift, the second character of a pair is on the key of the first.
_SHIFTED = "!1 @2 #3 $4 %5 ^6 &7 *8 (9 )0 _- += {[ }] :; \"' ~` |\\ <, >. ?/"


def key_of(character: str) -> str:
    """The key, or the text itself if it is a key's name already."""
    if len(character) == 1:
        if character in _NAMED:
            return _NAMED[character]
        if "A" <= character <= "Z":
            return f"shift-{character.lower()}"
        for shifted, plain in _SHIFTED.split(" "):
            if shifted == character:
                return f"shift-{_NAMED.get(plain, plain)}"
    return character
