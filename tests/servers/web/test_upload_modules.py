"""What an upload of the page does, without a browser: what follows an error, resuming, pauses, the queue. The server is a list of bytes with errors on order."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.servers.web.page_modules import STATIC, PageModules

MODULES = (
    *("upload-rules.js", "upload-meter.js", "upload-protocol.js", "upload-memory.js", "upload-task.js"),
    *("upload-queue.js", "upload-row.js", "upload-panel.js", "upload-handover.js", "duration.js"),
    *("videos-texts.js", "words.js", "api.js"),
    *("dom.js", "icons.js", "send.js", "form-field.js"),
)
IMPORTS = """
import * as rules from "./upload-rules.js"; import {Meter} from "./upload-meter.js"; import {UploadTask} from "./upload-task.js";
import {UploadQueue} from "./upload-queue.js"; import {UploadError} from "./upload-protocol.js"; import {progressWords} from "./upload-row.js";
import {sumWords} from "./upload-panel.js";

/** A server that keeps the bytes of one upload, and fails as it is ordered: [operation, number of the call, error, bytes that it keeps before]. */
class Shelf {
  constructor(...orders) { this.orders = orders; this.calls = []; this.counts = {}; this.bytes = null; this.holds = new Map(); }
  async #call(name, keep = async () => {}) {
    const count = (this.counts[name] = (this.counts[name] ?? 0) + 1);
    this.calls.push(name);
    const order = this.orders.find(([operation, at]) => operation === name && at === count);
    if (!order) return;
    await keep(order[3] ?? 0);
    if (order[2] instanceof Promise) await order[2]; else throw new UploadError(order[2], `error ${order[2]}`);
  }
  create = async (size) => { await this.#call("create"); this.bytes = new Uint8Array(0); return {url: `uploads/${this.counts.create}`, video: "v1"}; };
  offsetOf = async () => { await this.#call("offset"); if (!this.bytes) throw new UploadError(404, "gone"); return {offset: this.bytes.length, video: "v1"}; };
  send = async (url, offset, part, onProgress, signal) => {
    const given = new Uint8Array(await part.arrayBuffer());
    await this.#call("send", async (count) => this.#add(given.slice(0, count)));
    signal.throwIfAborted();
    if (offset !== this.bytes.length) throw new UploadError(409, "offset");
    onProgress(given.length);
    this.#add(given);
    return {offset: this.bytes.length, video: ""};
  };
  drop = async () => { await this.#call("drop"); this.bytes = null; };
  idOf = (url) => url;
  #add(more) { const all = new Uint8Array(this.bytes.length + more.length); all.set(this.bytes); all.set(more, this.bytes.length); this.bytes = all; }
}
const kept = new Map();
const memory = {recall: (key) => kept.get(key) ?? "", remember: (key, {url}) => kept.set(key, url), forget: (key) => kept.delete(key), keepHandle: async () => {}, markRunning: () => {}};
const waits = [];
const means = (server) => ({server, memory, now: () => 0, wait: async (ms) => void waits.push(ms)});
const file = (size, name = "clip.mp4") => new File([new Uint8Array(size).map((_, at) => at * 7 + (at >> 8))], name, {lastModified: 5});
const isWhole = async (shelf, sent) => Buffer.compare(Buffer.from(shelf.bytes), Buffer.from(await sent.arrayBuffer())) === 0;
"""
MIB = 2**20


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    folder = tmp_path_factory.mktemp("modules")
    return PageModules(folder, [STATIC / name for name in MODULES], IMPORTS).run


def test_what_follows_an_answer_how_long_it_waits_and_how_much_it_sends(run: Callable[..., Any]) -> None:
    script = """
        print({verdicts: Object.fromEntries([0, 400, 401, 403, 404, 409, 410, 413, 423, 429, 460, 500, 503, 507].map((one) => [one, rules.verdictOf(one)])),
               waits: [0, 1, 2, 3, 9, 1000].map((attempt) => rules.waitMs(attempt, 0, () => 0)), least: rules.waitMs(1, 0, () => 1), asked: rules.waitMs(0, 12, () => 0),
               sizes: [0, 1e6, 1e7].map(rules.requestBytes), metadata: rules.metadataOf({filename: "Ä 1.mp4", title: "", visibility: "private"})});
    """
    found = run(script)
    assert found["verdicts"] == {
        **dict.fromkeys(("0", "423", "429", "500", "503"), "again"),
        **dict.fromkeys(("400", "401", "403", "413", "507"), "stop"),
        **dict.fromkeys(("404", "410"), "new"),
        **dict.fromkeys(("409", "460"), "offset"),
    }
    assert found["waits"] == [1000, 2000, 4000, 8000, 30000, 30000]
    assert (found["least"], found["asked"]) == (1500, 12000)
    assert found["sizes"] == [8 * MIB, 8 * MIB, 16 * MIB]
    pairs = dict(pair.split(" ") for pair in found["metadata"].split(","))
    assert {name: base64.b64decode(value).decode() for name, value in pairs.items()} == {
        "filename": "Ä 1.mp4",
        "visibility": "private",
    }


def test_files_are_known_again_named_and_refused_with_a_sentence(run: Callable[..., Any]) -> None:
    script = """
        const limits = {max_upload: 1000, extensions: ["mp4", ".mov"]};
        const one = {name: "a.mp4", size: 10, lastModified: 5};
        const bytes = (...all) => new Uint8Array(all);
        const prints = [rules.fingerprintOf(one, bytes(1, 2)), rules.fingerprintOf(one, bytes(1, 2)), rules.fingerprintOf(one, bytes(2, 1)),
                        rules.fingerprintOf({...one, size: 11}, bytes(1, 2)), rules.fingerprintOf({...one, lastModified: 6}, bytes(1, 2))];
        print({same: prints[0] === prints[1], count: new Set(prints).size, titles: ["a b.MP4", "v1.2 final.mov", ".mp4", "noending"].map(rules.titleOf),
               wrong: [one, {...one, name: "A.MOV"}, {...one, size: 0}, {...one, size: 1001}, {...one, name: "notes.txt"}, {...one, name: "clip"}]
                 .map((file) => rules.wrongFile(file, limits, String)), open: rules.wrongFile({name: "x.txt", size: 9e15}, {max_upload: null, extensions: []}, String)});
    """
    found = run(script)
    assert found["same"]
    assert found["count"] == 4
    assert found["titles"] == ["a b", "v1.2 final", ".mp4", "noending"]
    assert found["wrong"] == [
        *("", "", "The file is empty."),
        "The file is too large: it has 1001, at most 1000 are allowed.",
        "“.txt” is not a kind of video file that can be uploaded. These can: mp4, mov.",
        "The name of the file has no ending. These can: mp4, mov.",
    ]
    assert found["open"] == ""


def test_speed_is_that_of_the_last_seconds(run: Callable[..., Any]) -> None:
    script = """
        const meter = new Meter();
        const early = [meter.speed(0), (meter.note(0, 0), meter.note(100, 500), meter.speed(100))];
        for (let at = 1000; at <= 20000; at += 1000) meter.note(at, at);
        for (let at = 21000; at <= 30000; at += 1000) meter.note(at, 20000 + (at - 20000) * 3);
        const fast = meter.speed(30000);
        const left = meter.left(30000, 30000);
        meter.note(31000, 5); // the server has less than was sent
        print([early, fast, left, meter.speed(31000), meter.left(31000, 1)]);
    """
    assert run(script) == [[0, 0], 3000, 10, 0, None]


def test_upload_goes_on_after_lost_connections_and_wrong_offsets_and_is_whole(
    run: Callable[..., Any],
) -> None:
    script = """
        const sent = file(20 * 2 ** 20);
        const shelf = new Shelf(["send", 1, 0, 3000], ["send", 2, 503, 2 ** 20], ["send", 3, 409], ["offset", 2, 502], ["send", 5, 460]);
        const task = new UploadTask(sent, {visibility: "private"}, means(shelf));
        const states = new Set();
        task.onChange = () => states.add(task.state);
        await task.run();
        print({state: task.state, whole: await isWhole(shelf, sent), creates: shelf.counts.create, waits: waits.length, states: [...states], video: task.video,
               remembered: kept.size, offset: task.offset});
    """
    found = run(script)
    assert found["whole"]
    assert found["waits"] == 3  # lost, 503 and 502; after 409 and 460 it asks at once
    assert (found["state"], found["offset"], found["creates"]) == ("done", 20 * MIB, 1)
    assert found["states"] == ["sending", "retrying", "done"]
    assert (found["video"], found["remembered"]) == ("v1", 0)


def test_reload_goes_on_where_the_server_is(run: Callable[..., Any]) -> None:
    script = """
        const sent = file(20 * 2 ** 20);
        const shelf = new Shelf(["send", 2, 403]);
        const first = new UploadTask(sent, {visibility: "private"}, means(shelf));
        await first.run();
        const before = [first.state, first.words, first.offset, kept.size];
        const again = new UploadTask(file(20 * 2 ** 20), {visibility: "private"}, means(shelf)); // the same file, chosen again
        await again.run();
        const other = new Shelf();
        const gone = new UploadTask(sent, {visibility: "private", url: "uploads/expired"}, means(other));
        await gone.run();
        print([before, again.state, await isWhole(shelf, sent), shelf.counts.create, gone.state, await isWhole(other, sent), other.calls.slice(0, 2)]);
    """
    assert run(script) == [
        ["failed", "error 403", 8 * MIB, 1],
        *("done", True, 1),
        *("done", True, ["offset", "create"]),
    ]


def test_what_a_person_must_do_something_about_stops_with_its_words(run: Callable[..., Any]) -> None:
    script = """
        const out = [];
        for (const status of [413, 507, 401]) {
          const task = new UploadTask(file(10), {visibility: "private"}, means(new Shelf(["create", 1, status])));
          await task.run();
          out.push([task.state, task.words]);
        }
        const refused = new UploadTask(file(10), {visibility: "private"}, means(new Shelf()));
        refused.refuse("The file is empty.");
        await refused.run();
        const changed = file(10);
        const moved = new UploadTask(changed, {visibility: "private"}, means(new Shelf(["send", 1, 0])));
        let reads = 0;
        const slice = changed.slice.bind(changed);
        changed.slice = (...at) => ++reads > 2 ? {arrayBuffer: async () => { throw new DOMException("gone", "NotReadableError"); }} : slice(...at);
        await moved.run();
        print([...out, [refused.state, refused.words], [moved.state, moved.words.split(":")[0].slice(0, 21)]]);
    """
    assert run(script) == [
        *(["failed", "error 413"], ["failed", "error 507"], ["failed", "error 401"]),
        ["failed", "The file is empty."],
        ["failed", "The file was changed,"],
    ]


def test_pause_resume_and_cancel(run: Callable[..., Any]) -> None:
    script = """
        const sent = file(20 * 2 ** 20);
        let release;
        const shelf = new Shelf(["send", 2, new Promise((resolve) => (release = resolve))]);
        const queue = new UploadQueue();
        const task = new UploadTask(sent, {visibility: "private"}, means(shelf));
        const stored = new Promise((resolve) => (queue.onStored = () => resolve(true)));
        queue.add(task);
        while (shelf.counts.send !== 2) await new Promise((resolve) => setTimeout(resolve));
        task.pause();
        const paused = [task.state, queue.isBusy, task.offset];
        queue.resume(task); // before the request has ended
        release();
        await stored;
        const dropped = new UploadTask(sent, {visibility: "private"}, means(new Shelf(["send", 2, new Promise(() => {})])));
        void dropped.run();
        while (dropped.offset === 0) await new Promise((resolve) => setTimeout(resolve));
        await dropped.cancel();
        await dropped.run();
        print([paused, task.state, await isWhole(shelf, sent), shelf.counts.create, dropped.state, kept.size]);
    """
    assert run(script) == [["paused", False, 8 * MIB], "done", True, 1, "cancelled", 0]


def test_two_run_at_once_and_no_error_stops_another(run: Callable[..., Any]) -> None:
    script = """
        let most = 0, running = 0;
        const queue = new UploadQueue();
        const tasks = [1, 2, 3, 4, 5].map((number) => {
          const shelf = new Shelf(...(number === 2 ? [["create", 1, 413]] : []));
          const send = shelf.send;
          shelf.send = async (...given) => { most = Math.max(most, ++running); await new Promise((resolve) => setTimeout(resolve)); const answer = await send(...given); running--; return answer; };
          return new UploadTask(file(100, `${number}.mp4`), {visibility: "private"}, means(shelf));
        });
        const over = new Promise((resolve) => (queue.onChange = () => tasks.every((task) => task.isOver) && resolve()));
        queue.add(...tasks);
        const waiting = tasks.filter((task) => task.state === "waiting").length;
        await over;
        const sum = queue.sum;
        queue.clear();
        print([most, waiting, tasks.map((task) => task.state), [sum.done, sum.count, sum.size], queue.tasks.length]);
    """
    assert run(script) == [2, 3, ["done", "failed", "done", "done", "done"], [4, 4, 400], 0]


def test_progress_in_words(run: Callable[..., Any]) -> None:
    script = """
        const task = {state: "sending", words: "", sent: 5e6, size: 2e7, speed: 1e6, fate: {words: "", isWrong: false}};
        print([progressWords(task), progressWords({...task, speed: 0}), progressWords({...task, sent: 2e7}), progressWords({...task, state: "retrying", words: "no answer"}),
               progressWords({...task, state: "waiting", sent: 0}), progressWords({...task, state: "done"}), progressWords({...task, state: "done", fate: {words: "checking", isWrong: false}}), progressWords({...task, state: "done", fate: {words: "No video.", isWrong: true}}),
               sumWords({size: 2e7, sent: 5e6, speed: 1e6, done: 1, count: 3}, true), sumWords({size: 1, sent: 1, speed: 0, done: 1, count: 1}, false)]);
    """
    assert run(script) == [
        "5 MB of 20 MB · 1 MB/s · 15 s left",
        "5 MB of 20 MB",
        "20 MB · being stored",
        "5 MB of 20 MB · No answer. It goes on by itself.",
        "20 MB · waiting",
        "20 MB · uploaded",
        "20 MB · uploaded · checking",
        "No video.",
        ["Uploading 2 of 3", "25 % · 1 MB/s · 15 s left"],
        ["1 video uploaded", ""],
    ]
