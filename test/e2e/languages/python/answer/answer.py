import _answer

value = _answer.value()
