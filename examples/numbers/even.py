"""Prints the numbers at even positions (the first, third, fifth and so on).

python examples/numbers/even.py --messages 10
"""

from numbers_client import main

if __name__ == "__main__":
    main("Prints the numbers at even positions.", slice(0, None, 2))
