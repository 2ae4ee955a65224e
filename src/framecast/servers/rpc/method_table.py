"""Every method with what it requires, as a table. The interceptor reads it, a test compares it with the services."""

from __future__ import annotations

from collections.abc import Mapping

from framecast.servers.access.principal import Requirement

_REQUIREMENTS: Mapping[str, Mapping[str, Requirement]] = {
    "framecast.v1.Streams": {
        "ListStreams": Requirement.READ,
        "GetStream": Requirement.READ,
        "WatchStreams": Requirement.READ,
        "PutStream": Requirement.CONTROL,  # or to add it, if there is no such stream
        "RemoveStream": Requirement.CONTROL,
        "RestartStream": Requirement.CONTROL,
        "GetNode": Requirement.READ,
    },
    "framecast.v1.Media": {
        "Read": Requirement.WATCH,
        "Watch": Requirement.WATCH,
        "Snapshot": Requirement.WATCH,
        "Publish": Requirement.PUBLISH,
    },
    "framecast.v1.Uploads": {
        "BeginUpload": Requirement.ADD,
        "GetUpload": Requirement.ADD,
        "ListUploads": Requirement.ADD,
        "SendUpload": Requirement.ADD,
        "EndUpload": Requirement.ADD,
    },
    "framecast.v1.Videos": {
        "ListVideos": Requirement.READ,
        "GetVideo": Requirement.READ,
        "WatchVideos": Requirement.READ,
        "ReadVideo": Requirement.WATCH,
        "ReadVideoData": Requirement.WATCH,
        "DeleteVideo": Requirement.ADD,
    },
    # What is about one job also needs its ticket.
    "framecast.v1.Work": {
        "ClaimJob": Requirement.WORK,
        "GetOrder": Requirement.WORK,
        "ReadInput": Requirement.WORK,
        "KeepJob": Requirement.WORK,
        "CommitJob": Requirement.WORK,
        "EndJob": Requirement.WORK,
    },
    # Each room decides for itself who may enter.
    "framecast.v1.Rooms": {
        "ListRooms": Requirement.READ,
        "GetRoom": Requirement.ROOM,
        "MakeRoom": Requirement.ADD,
        "RemoveRoom": Requirement.ROOM,
        "Join": Requirement.ROOM,
        "GetMessages": Requirement.ROOM,
        "SendMessage": Requirement.ROOM,
        "Play": Requirement.ROOM,
        "ListMembers": Requirement.ROOM,
        "Invite": Requirement.ROOM,
        "AcceptInvitation": Requirement.ROOM,
        "ExportRoom": Requirement.ROOM,
    },
    # Probes carry no secrets.
    "grpc.health.v1.Health": {
        "Check": Requirement.OPEN,
        "List": Requirement.OPEN,
        "Watch": Requirement.OPEN,
    },
    "grpc.reflection.v1alpha.ServerReflection": {"ServerReflectionInfo": Requirement.READ},
}

# By the name that a call has: `/framecast.v1.Media/Read`.
METHODS: Mapping[str, Requirement] = {
    f"/{service}/{method}": requirement
    for service, methods in _REQUIREMENTS.items()
    for method, requirement in methods.items()
}


def requirement_of(method: str) -> Requirement:
    """Return what a method requires; one without a row is answered by UNIMPLEMENTED to everybody who is known."""
    return METHODS.get(method, Requirement.READ)
