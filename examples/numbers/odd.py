"""Prints the numbers at odd positions (the second, fourth, sixth and so on).

python examples/numbers/odd.py --messages 10
"""

from numbers_client import main

if __name__ == "__main__":
    main("Prints the numbers at odd positions.", slice(1, None, 2))
