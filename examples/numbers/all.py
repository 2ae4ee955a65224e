"""Prints the numbers at all positions.

python examples/numbers/all.py --messages 10
"""

from numbers_client import main

if __name__ == "__main__":
    main("Prints the numbers at all positions.", slice(None))
