"""What users and other programs rely on, as lines of text: one fact a line, sorted, compared with `recorded/`.

`python -m tests.contract` records the present state. A line that disappears breaks somebody's program; a line that is
added is a new promise.
"""
