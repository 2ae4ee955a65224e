"""Desktop windows: each shows one stream, in a process of its own, and reads it as any other program does.

`windows` runs in the command's process: it starts one `python -m framecast.desktop` for each stream and waits for them.
In there `viewer` is the one loop, on `canvas` (the window) and `speaker` (the sound). The only place that imports pygame.
Pictures come by shared memory from other processes, so that nothing here can hold up a network connection.
"""
