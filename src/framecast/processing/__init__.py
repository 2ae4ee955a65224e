"""Uploaded files are parsed only here: each task in a throw-away process that has given up the network, other programs and every file but its own.

`run.run_task` starts such a process from the server that has the job; `python -m framecast.processing` is the process.
"""
