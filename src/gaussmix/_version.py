"""The version, alone in a file so that the build and the command can read it without numpy."""

__version__ = "0.1.0"
