"""The figures that Framecast promises, each measured beside its peer in the same run.

    make bench                     all rows
    make bench ROWS="handover rtsp"   some of them

A module measures one thing and returns rows; nothing here is shipped. Ratios are what counts: single figures depend on
the machine. Run it on a machine that does nothing else.
"""
