"""Graphics cards and video devices."""

from pathlib import Path

import pytest

from framecast.doctor import devices
from framecast.doctor.finding import Level
from framecast.media.inventory import HardwareDecoder


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(devices, "DEV", tmp_path)
    return tmp_path


def known(monkeypatch: pytest.MonkeyPatch, *decoders: HardwareDecoder) -> None:
    monkeypatch.setattr("framecast.media.inventory.hardware_decoders", lambda: list(decoders))


def test_decoder_that_answers_is_named_with_its_setting(dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, HardwareDecoder("cuda"))
    (finding,) = devices.check_hardware_decoders()
    assert finding.level is Level.OK
    assert "hwaccel=cuda" in finding.found


def test_card_without_a_working_decoder_is_a_warning(dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, HardwareDecoder("cuda", "Operation not permitted"))
    (dev / "nvidia0").touch()
    (finding,) = devices.check_hardware_decoders()
    assert finding.level is Level.WARNING
    assert "Operation not permitted" in finding.found
    assert "nvidia-smi" in finding.mend


def test_no_card_is_only_a_note(dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, HardwareDecoder("cuda", "Operation not permitted"))
    (finding,) = devices.check_hardware_decoders()
    assert finding.level is Level.NOTE


def test_video_devices_are_listed(dev: Path) -> None:
    (none,) = devices.check_video_devices()
    (dev / "video0").touch()
    (dev / "video1").touch()
    found = list(devices.check_video_devices())
    assert none.level is Level.NOTE
    assert [finding.found for finding in found] == [str(dev / "video0"), str(dev / "video1")]
