"""What a process gives up before it parses bytes of strangers: files (Landlock), system calls (seccomp), memory and time (rlimits). Linux only; any floor above may use it."""
