class MachineError(Exception):
    """A machine could not do what it was asked for, through no fault of the test."""


class RequestedAssertionFailed(AssertionError):
    """What the script asserts does not hold."""
