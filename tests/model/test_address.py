"""What is shown of an address: never a secret, whatever form a camera gives it; host and harmless options stay."""

from __future__ import annotations

import pytest

from framecast.cli.arguments import mask_arguments
from framecast.model import Source
from framecast.model.address import is_cut, mask_address
from framecast.model.mask import mask

S = "S3cretWord"
# Address, and what of it stays.
FORMATS = [
    (f"rtsp://h:554/user=admin_password={S}_channel=1_stream=0.sdp", "h:554", "_channel=1_stream=0.sdp"),
    (f"rtsp://h:554/user=admin&password={S}&channel=1&stream=0.sdp?real_stream", "channel=1", "?real_stream"),
    (f"rtsp://h/user=admin_password=a_{S}_b_channel=2_stream=1.sdp", "h/", "_channel=2_stream=1"),
    (f"rtsp://h/user=admin_password=a={S}_b=c_channel=2_stream=1.sdp", "h/", "_channel=2_stream=1"),
    (f"rtsp://h/user%3Dadmin_password%3D{S}", "rtsp://h/", ""),
    (f"http://h/x?pw={S}", "http://h/x?pw=", ""),
    (f"rtsp://h/12/admin:{S}/main", "h/12/", "/main"),
    (f"rtsp://h/12/admin%3A{S}/main", "h/12/", "/main"),
    (f"rtsp://admin:{S}@h:554/cam/realmonitor?channel=1&subtype=0", "h:554/cam", "?channel=1&subtype=0"),
    (
        f"rtsp://admin:{S}@h/Streaming/Channels/101?transportmode=unicast",
        "/Channels/101",
        "=unicast",
    ),
    (f"http://h:88/cgi-bin/CGIStream.cgi?cmd=x&usr=admin&pwd={S}", "h:88/cgi-bin/CGIStream.cgi?cmd=", ""),
    (
        f"http://h/flv?port=1935&app=bcs&stream=channel0_main.bcs&user=admin&password={S}",
        "h/flv?port=1935",
        "&app=",
    ),
    (f"http://root:{S}@h/axis-cgi/mjpg/video.cgi?resolution=640x480&fps=15", "resolution=640x480", "fps=15"),
    (f"rtsp://h:554/stream1?TpLinkCloudPw={S}&w=1920", "h:554/stream1", "w=1920"),
    (f"rtsp://wyze:{S}@h/live", "h/live", ""),
    (f"https://h/onvif/snapshot?ProfileToken={S}", "h/onvif/snapshot", ""),
    (f"rtmp://h/live/{S}", "rtmp://h/live/", ""),
    (f"rtmps://a.rtmps.youtube.com:443/live2/abcd-{S}-ijkl", ":443/live2/", ""),
    (f"https://h/live/index.m3u8?Policy={S}&Signature=a&Key-Pair-Id=b", "h/live/index.m3u8", ""),
    (f"https://h/hls/{S}{S}{S}/index.m3u8", "h/hls/", "index.m3u8"),
    ("rtsps://192.168.1.1:7441/x3kQjT9aBcDeFgHi?enableSrtp", ":7441/", "enableSrtp"),
    (f"https://h/token/{S}/index.m3u8", "h/token/", "index.m3u8"),
    (f"srt://h:9000?passphrase={S}&mode=caller", "h:9000", "mode=caller"),
    (f"rtsp://u%3A:{S}%2F%40@h/x", "@h/x", ""),
    (f"http://h/x?%70%77={S}", "h/x", ""),
    (f"http://h/x?a=1;pw={S}", "a=1", ""),
    (f"http://h/x?q={S}", "q=", ""),
    (f"http://h/x?{S}{S}", "h/x", ""),
    (f"http://h/x?code=1234&pin=1234&p=12&x={S}", "code=", "pin="),
    (f"http://h/x#{S}", "h/x#", ""),
    (f"http://h/x?src=rtsp://u:{S}@i/y", "h/x?src=", ""),
    (f"http://h/x;jsessionid={S}", "http://h/x", ""),
    (f"rtsp://admin:a@{S}@h:554/x", "@h:554/x", ""),
    (f"rtsp://admin:a {S}@h:554/x", "@h:554/x", ""),
    (f"rtsp://my user:a {S}@h:554/x", "@h:554/x", ""),
    (f"rtsp://admin:{S}@[fe80::1%25eth0]:554/x", "[fe80::1%25eth0]:554/x", ""),
    (f"grpc://{S}@h:50051/door?raw=1", "h:50051/door?raw=1", ""),
    (f"grpc://h/door?token={S}", "h/door?token=", ""),
    (f"zmq://h/x?token_file=/{S}", "h/x?token_file=", ""),
    # As people have reported them elsewhere.
    (
        f"rtsp://Viewer:x!)@^{S}@172.16.1.155:554/cam/realmonitor?channel=1&subtype=1",
        "172.16.1.155:554/cam",
        "subtype=1",
    ),
    (f"rtsp://admin:Dt4%0X{S}@host:12345/cam/realmonitor?channel=5", "host:12345", "channel=5"),
    (f"rtsp://u:p[x,{S}]@h:554/1", "h:554/1", ""),
    (f"rtsp://u:]{S}[@[fe80::1]:554/1", "[fe80::1]:554/1", ""),
    (f"rtsp://user:password`~!@#$%^&*()-_;',.<>:\"\\{{{S}\\}}\\[\\]@@192.168.0.2:554/live", "rtsp://", ""),
    # A delimiter in the password: its end is not known.
    (f"rtsp://admin:a/{S}@h/x", "rtsp://", ""),
    (f"rtsp://admin:{S}/a@h/x", "rtsp://", ""),
    (f"rtsp://admin:a?{S}@h/x", "rtsp://", ""),
    (f"rtsp://admin:{S}#a@h/x", "rtsp://", ""),
    (f"rtsp://admin:12/{S}@h/x", "rtsp://", ""),
    (f"rtsp://admin:a@{S}/b@h/x", "rtsp://", ""),
    (f"rtsp://admin:{S}", "rtsp://", ""),
]


@pytest.mark.parametrize(("address", "stays", "also"), FORMATS, ids=[one[0] for one in FORMATS])
def test_secret_of_every_format_is_hidden_everywhere(address: str, stays: str, also: str) -> None:
    source = Source(address)
    secret = "x3kQjT9aBcDeFgHi" if S not in address else S
    for shown in (str(source), repr(source), f"{source}", f"{source:.2000}"):
        assert secret not in shown
        assert stays in shown
        assert also in shown
    for sentence in (
        address,
        f"it failed: {address}: refused",
        f"name=door source={address} state=offline",
        f"Invalid('{address}')",
        f'File "x.py", line 3: open("{address}")',
        f"first http://u:p@other/ then {address}",
        f"{address}\nsecond line http://h/",
        f"{address}: Protocol not found\nDid you mean file:{address}?",
        f"-i {address} -i http://b:pw2@h2/video?user=x&password=pw3",
    ):
        assert secret not in mask(sentence), mask(sentence)
    assert secret.encode() not in mask_arguments(f"framecast\0serve\0door={address}\0add\0{address}".encode())
    echoed = source.scrub(f"Input/output error: '{address}' at {address[8:]}")
    assert secret not in echoed
    # An editor who sees it masked keeps it.
    assert Source(str(source)).with_secrets_of(source).reveal() == address


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://10.0.0.7:554/h264Preview_01_main",
        "rtsp://cam/Streaming/Channels/101?transportmode=unicast&profile=1",
        "rtsp://cam:8554/cam/realmonitor?channel=16&subtype=1&unicast=true&proto=Onvif".replace("Onvif", "1"),
        "http://cam/axis-media/media.amp?resolution=1280x720&compression=30",
        "http://cam/videostream.cgi?rate=0&resolution=640x480",
        "https://host:8443/live/front-door/index.m3u8",
        "pattern:?size=640x360&fps=29.97&id=4711&tone=440",
        "numbers:?lower=-1000&upper=10000&count=6&period=0.02&seed=12345",
        "v4l2:/dev/video0?size=1280x720&fps=30",
        "imagezmq+rep://*:5555?insecure=1&name=front door",
        "zmq://host:5556/front-door/frames/bgr/640x360",
        "grpc://host:50051/front-door?raw=1",
        "/srv/video/2024-01-01T12:00:00.mp4",
        "clips/a?b.mp4",
        "http://[2001:db8::1]:80/x",
        "rtsp://",
        "",
    ],
)
def test_what_is_harmless_stays(address: str) -> None:
    assert mask_address(address) == address
    assert mask(address) == address


def test_secrets_of_a_path_and_of_options_are_kept_one_by_one() -> None:
    known = Source("rtsp://u:p@h/user=a_password=b_channel=1.sdp?x=abc&ch=1")
    typed = "rtsp://***@h/user=***_password=new_channel=2.sdp?x=***&ch=2"
    assert (
        Source(typed).with_secrets_of(known).reveal()
        == "rtsp://u:p@h/user=a_password=new_channel=2.sdp?x=abc&ch=2"
    )


@pytest.mark.parametrize(
    ("address", "cut"),
    [
        ("rtsp://admin:a/b@h/x", True),
        ("rtsp://admin:1/b@h/x", True),
        ("rtsp://admin:a?b@h/x", True),
        ("rtsp://admin:a%2Fb@h/x", False),
        ("rtsp://admin:a@h:554/x", False),
        ("https://h/@user/x", False),
        ("http://cam.example:80/x?mail=a@b", False),
        ("clip:1.mp4", False),
    ],
)
def test_password_with_a_raw_delimiter_is_known(address: str, cut: bool) -> None:
    assert is_cut(address) is cut
