"""`python -m gaussmix`: the command."""

from gaussmix.cli import main

if __name__ == "__main__":
    main()
