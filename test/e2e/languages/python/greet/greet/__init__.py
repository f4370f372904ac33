"""A library with a dependency among Debian's packages."""

import packaging


def text():
    return f"greeting over {packaging.__name__}"
