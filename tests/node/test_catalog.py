"""Which layer owns the name of a stream: the command line, the file or the API; and what the API may change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from framecast.errors import Conflict, Invalid, NotFound
from framecast.model import StreamSpec
from framecast.node.catalog import Catalog
from framecast.node.directory import LocalDirectory
from framecast.node.forks import Forks
from framecast.node.saved import SavedStreams


class Rig:
    """A catalog over the directory of a node that has no forkserver; addresses in `refused` are not valid."""

    def __init__(self, saved: SavedStreams | None = None, *, private: bool = False) -> None:
        self.directory = LocalDirectory(Forks({}), "node.sock")
        self.refused: set[str] = set()
        self.checked: list[str] = []
        self.new: list[bool] = []
        self.catalog = Catalog(self.directory, self._check, saved, private=private)

    async def _check(self, spec: StreamSpec, is_new: bool) -> None:
        self.checked.append(spec.source.reveal())
        self.new.append(is_new)
        if spec.source.reveal() in self.refused:
            raise Invalid(f"{spec.name} is refused")

    def owners(self) -> dict[str, str]:
        return {status["name"]: status["configured"] for status in self.directory.statuses()}


def spec(name: str, source: str = "pattern:", **options: Any) -> StreamSpec:
    return StreamSpec.from_json(name, {"source": source, **options})


def act(test: Callable[[Rig], Coroutine[Any, Any, None]], rig: Callable[[], Rig] = Rig) -> None:
    async def run() -> None:
        made = rig()
        await test(made)
        await made.directory.close()

    asyncio.run(run())


def test_first_layer_owns_a_name_and_the_next_one_gets_it_back() -> None:
    async def test(rig: Rig) -> None:
        for layer in ("api", "file", "command"):
            rig.catalog.replace(layer, {"door": spec("door"), layer: spec(layer)})
        assert rig.owners() == {"door": "command", "command": "command", "file": "file", "api": "api"}
        rig.catalog.replace("command", {})
        assert rig.owners() == {"door": "file", "file": "file", "api": "api"}

    act(test)


@pytest.mark.parametrize(
    ("layer", "where"), [("command", "on the command line"), ("file", "in the configuration file")]
)
def test_api_changes_no_stream_of_another_layer(layer: str, where: str) -> None:
    async def test(rig: Rig) -> None:
        rig.catalog.replace(layer, {"door": spec("door")})
        with pytest.raises(Conflict, match=where):
            await rig.catalog.put(spec("door", "numbers:"))
        with pytest.raises(Conflict, match=where):
            await rig.catalog.delete("door")
        assert rig.owners() == {"door": layer}
        assert rig.checked == [], "what is refused anyway is not checked"

    act(test)


def test_name_that_is_configured_while_its_address_is_checked_is_refused() -> None:
    async def test(rig: Rig) -> None:
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def check(_: StreamSpec, is_new: bool) -> None:
            inside.set()
            await go_on.wait()

        rig.catalog._check = check
        putting = asyncio.create_task(rig.catalog.put(spec("door")))
        await inside.wait()
        rig.catalog.replace("file", {"door": spec("door", "numbers:")})
        go_on.set()
        with pytest.raises(Conflict, match="in the configuration file"):
            await putting
        assert rig.owners() == {"door": "file"}

    act(test)


def test_address_that_is_not_valid_changes_nothing(tmp_path: Path) -> None:
    async def test(rig: Rig) -> None:
        await rig.catalog.put(spec("door"))
        rig.refused.add("numbers:")
        with pytest.raises(Invalid, match="is refused"):
            await rig.catalog.put(spec("door", "numbers:"))
        assert list(SavedStreams(tmp_path).load().values()) == [spec("door")]

    act(test, lambda: Rig(SavedStreams(tmp_path)))


def test_stream_is_saved_when_put_returns_and_gone_when_delete_returns(tmp_path: Path) -> None:
    async def test(rig: Rig) -> None:
        await asyncio.gather(*(rig.catalog.put(spec(name)) for name in ("door", "yard", "roof")))
        assert sorted(SavedStreams(tmp_path).load()) == ["door", "roof", "yard"]
        await rig.catalog.delete("yard")
        assert sorted(SavedStreams(tmp_path).load()) == sorted(rig.owners()) == ["door", "roof"]
        with pytest.raises(NotFound, match="no stream 'yard'"):
            await rig.catalog.delete("yard")

    act(test, lambda: Rig(SavedStreams(tmp_path)))


def test_secrets_are_kept_from_the_api_s_own_stream_alone() -> None:
    async def test(rig: Rig) -> None:
        known = spec("door", "rtsp://u:geheim@cam/1")
        masked = str(known.source)
        rig.catalog.replace("file", {"gate": spec("gate", "rtsp://u:geheim@cam/1")})
        with pytest.raises(Invalid, match="type the secret"):
            await rig.catalog.put(spec("door", masked))
        await rig.catalog.put(known)
        await rig.catalog.put(spec("door", masked, idle_s=3))
        assert rig.checked[-1] == "rtsp://u:geheim@cam/1"
        assert rig.new[-2:] == [True, False]  # another option only: its file may be away for a while
        with pytest.raises(Invalid, match="type the secret"):
            rig.catalog.unmasked(spec("gate", masked))
        vetted = await rig.catalog.vetted(spec("gate", masked))  # to try it out, without saving it
        assert vetted.source.reveal() == "rtsp://u:geheim@cam/1"
        assert rig.owners() == {"door": "api", "gate": "file"}

    act(test)


@pytest.mark.parametrize("private", [False, True])
def test_only_a_program_s_own_node_takes_a_stream_that_waits_for_its_reader(private: bool) -> None:
    async def test(rig: Rig) -> None:
        patient = spec("clip", "a.mp4", pace="fastest")
        if private:
            await rig.catalog.put(patient)
            assert rig.owners() == {"clip": "api"}
        else:
            with pytest.raises(Invalid, match="does not wait for readers"):
                await rig.catalog.put(patient)
        with pytest.raises(Invalid, match="does not wait for readers"):
            await rig.catalog.vetted(patient)

    act(test, lambda: Rig(private=private))


def test_implicit_stream_is_there_only_while_nothing_was_ever_configured(tmp_path: Path) -> None:
    async def test(rig: Rig) -> None:
        await rig.catalog.load_saved()
        rig.catalog.add_implicit(spec("demo"))
        rig.catalog.add_implicit(spec("other"))
        assert rig.owners() == {"demo": "api"}
        assert not (tmp_path / "streams.json").exists()
        await rig.catalog.put(spec("door"))
        assert sorted(SavedStreams(tmp_path).load()) == ["demo", "door"]
        await rig.catalog.delete("demo")
        await rig.catalog.delete("door")

    async def restarted(rig: Rig) -> None:
        await rig.catalog.load_saved()
        rig.catalog.add_implicit(spec("demo"))
        assert rig.owners() == {}

    act(test, lambda: Rig(SavedStreams(tmp_path)))
    act(restarted, lambda: Rig(SavedStreams(tmp_path)))


def test_change_is_finished_although_its_request_is_cancelled(tmp_path: Path) -> None:
    async def test(rig: Rig) -> None:
        await rig.catalog._saving.acquire()
        putting = asyncio.create_task(rig.catalog.put(spec("door")))
        await asyncio.sleep(0)  # it saves now, and waits
        (commit,) = rig.catalog._commits
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        rig.catalog._saving.release()
        await commit
        assert list(SavedStreams(tmp_path).load()) == list(rig.owners()) == ["door"]

    act(test, lambda: Rig(SavedStreams(tmp_path)))


def test_damage_of_the_saved_file_is_said(tmp_path: Path) -> None:
    async def test(rig: Rig) -> None:
        assert rig.catalog.problems == []
        await rig.catalog.load_saved()
        assert len(rig.catalog.problems) == 1

    (tmp_path / "streams.json").write_text('{"door": "patt')
    act(test, lambda: Rig(SavedStreams(tmp_path)))
    assert Catalog(LocalDirectory(Forks({}), "x"), None).problems == []  # type: ignore[arg-type]
