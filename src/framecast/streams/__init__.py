"""The life of a stream as pure policy: when its source runs, when it is started again, and which process makes which track.

No I/O, no threads, the clock is injected: the node asks, and does what the answer says.
"""

from framecast.streams.job import (
    CHECK_CPU_S,
    CHECK_S,
    GRACE_S,
    CheckJob,
    Job,
    RenditionJob,
    SourceJob,
    job_from_json,
    job_to_json,
)
from framecast.streams.life import Action, Life, Phase, Timing
from framecast.streams.makers import Made, Maker, maker

__all__ = [
    "CHECK_CPU_S",
    "CHECK_S",
    "GRACE_S",
    "Action",
    "CheckJob",
    "Job",
    "Life",
    "Made",
    "Maker",
    "Phase",
    "RenditionJob",
    "SourceJob",
    "Timing",
    "job_from_json",
    "job_to_json",
    "maker",
]
