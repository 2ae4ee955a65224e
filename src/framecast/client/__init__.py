"""The Python API: what a program does with streams. `import framecast` gives its public names.

Runs in the program's own process and threads. Reading is in `reader`, writing in `writer`, asking the node in
`node`; none of them starts a thread but the writer, which needs one to meet its readers.
"""
