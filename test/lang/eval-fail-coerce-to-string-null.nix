"${{ __toString = _: null; }}"
