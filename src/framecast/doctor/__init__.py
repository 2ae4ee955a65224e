"""What works on this machine: checks that each say what they found, and the command that fixes what is missing.

Runs in the process that asks, for seconds at most; changes nothing and leaves nothing behind. `examination.examine`
runs all checks, `figures.measure` times the machine.
"""
