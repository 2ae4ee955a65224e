"""The chat's modules that need no browser: the connection, the log, the rows of the list, what is unsent, texts, mentions, replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.web.page_modules import PLAYER, ROOM, PageModules

_IMPORTS = """
import { RoomConnection } from "./connection.js";
import { RoomLog } from "./log.js";
import { completions, mentionAt, withMention } from "./mention.js";
import { Outbox } from "./outbox.js";
import { Replay } from "./replay.js";
import { dayWords, initialsOf, newWords, placeWords, typingWords, waitWords } from "./room-words.js";
import { rowsOf } from "./rows.js";
import { piecesOf } from "./text-pieces.js";

const you = { id: "a:me", name: "Me", role: "member", may_write: true };
const message = (seq, fields = {}) => ({ seq, at: 1000 + seq, author: { id: "a:x", name: "X", role: "member" }, text: `text ${seq}`, spans: [], id: "", reply_to: null,
  media_time_s: null, edited_at: null, is_deleted: false, reactions: [], ...fields });
const said = (seq, fields) => ({ seq, at: 1000 + seq, kind: "message", by: null, message: message(seq, fields) });
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const welcome = (events, fields = {}) => ({ type: "welcome", room: { pinned: null, settings: {} }, you, epoch: "e", last: events.at(-1)?.seq ?? 0, is_gap: false, events,
  mine: {}, ignored: [], limits: {}, presence: { count: 1, members: [], typing: [], stalled: [] }, server_s: 0, ...fields });
const rows = (log, fields = {}) => rowsOf({ ...log, messages: log.messages, unsent: [], readSeq: null, ignored: new Set(), mine: log.mine, me: "a:me", ...fields });

// A network by hand: sockets that only a script opens, answers and closes, and a clock that only a script moves.
class Network {
  sockets = [];
  timers = new Map();
  time = 0;
  count = 0;
  options = {
    address: () => "ws://here",
    makeSocket: () => {
      const socket = { sent: [], send: (text) => socket.sent.push(JSON.parse(text)), close: () => (socket.isClosed = true), say: (fields) => socket.onmessage?.({ data: JSON.stringify(fields) }) };
      this.sockets.push(socket);
      return socket;
    },
    later: (run, ms) => (this.timers.set(++this.count, { run, at: this.time + ms }), this.count),
    cancel: (timer) => this.timers.delete(timer),
    now: () => this.time,
    random: () => 1,
  };
  get socket() {
    return this.sockets.at(-1);
  }
  enter(events, fields) {
    this.socket.onopen();
    this.socket.say(welcome(events, fields));
  }
  pass(ms) {
    const end = this.time + ms;
    for (;;) {
      const next = [...this.timers].filter(([, one]) => one.at <= end).sort(([, one], [, other]) => one.at - other.at)[0];
      if (!next) break;
      this.timers.delete(next[0]);
      this.time = next[1].at;
      next[1].run();
    }
    this.time = end;
  }
}
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> PageModules:
    folder = tmp_path_factory.mktemp("web")
    (folder / "player").mkdir()
    (folder / "player/backoff.js").write_text((PLAYER / "backoff.js").read_text())
    (folder / "room").mkdir()
    return PageModules(folder / "room", ROOM.glob("*.js"), _IMPORTS)


def test_reconnect_asks_for_what_was_missed_and_passes_each_event_on_once(modules: PageModules) -> None:
    script = """
        const network = new Network();
        const connection = new RoomConnection(network.options);
        const seen = [];
        const states = [];
        connection.on("welcome", ({ events }) => seen.push(...events.map((event) => event.seq)));
        connection.on("events", ({ events }) => seen.push(...events.map((event) => event.seq)));
        connection.on("state", ({ state }) => states.push(state));
        connection.open();
        network.enter([said(1), said(2)]);
        network.socket.say({ type: "events", events: [said(2), said(3)] });
        network.socket.onclose({ code: 1006, reason: "" });
        network.pass(400);
        network.enter([said(3), said(4)]);
        network.socket.say({ type: "events", events: [said(4)] });
        network.socket.say({ type: "events", events: [said(5)] });
        print({ seen, states, hello: network.sockets.map((socket) => [socket.sent[0].since, socket.sent[0].epoch]) });
    """
    assert modules.run(script) == {
        "seen": [1, 2, 3, 4, 5],
        "states": ["connecting", "open", "offline", "connecting", "open"],
        "hello": [[None, None], [3, "e"]],
    }


def test_room_that_was_empty_has_its_epoch_from_its_first_event_on(modules: PageModules) -> None:
    script = """
        const network = new Network();
        const connection = new RoomConnection(network.options);
        connection.open();
        network.enter([], { epoch: "", last: 0 });
        network.socket.say({ type: "events", epoch: "e", events: [said(1)] });
        connection.reopen();
        network.socket.onopen();
        print([network.socket.sent[0].since, network.socket.sent[0].epoch]);
    """
    assert modules.run(script) == [1, "e"]


def test_new_epoch_begins_again(modules: PageModules) -> None:
    script = """
        const network = new Network();
        const connection = new RoomConnection(network.options);
        const log = new RoomLog();
        connection.on("welcome", (fields) => log.welcome(fields));
        connection.open();
        network.enter([said(8), said(9)]);
        connection.reopen();
        network.enter([said(2), said(3)], { epoch: "other", is_gap: true });
        print([network.sockets[1].sent[0].since, connection.last, connection.epoch, log.messages.map((one) => one.seq), log.gapBefore, rows(log).map((row) => row.kind)]);
    """
    kinds = ["gap", "day", "message", "message"]
    assert modules.run(script) == [9, 3, "other", [2, 3], 2, kinds]


def test_answers_find_their_question_and_a_lost_connection_ends_them_all(modules: PageModules) -> None:
    script = """
        const network = new Network();
        const connection = new RoomConnection(network.options);
        const results = [];
        const ask = (fields) => connection.send(fields).then((done) => results.push(done.seq), (error) => results.push([error.kind, error.message, error.waitS]));
        await ask({ type: "send", id: "a" });
        connection.open();
        network.enter([]);
        const questions = [1, 2, 3].map((at) => ask({ type: "send", id: `m${at}` }));
        const refs = network.socket.sent.slice(1).map((fields) => fields.ref);
        network.socket.say({ type: "error", ref: refs[1], error: "WouldBlock", message: "slow mode", fields: { wait_s: 4.5 } });
        network.socket.say({ type: "done", ref: refs[0], seq: 7 });
        await Promise.all(questions.slice(0, 2));
        network.socket.onclose({ code: 1006, reason: "" });
        await questions[2];
        print(results);
    """
    offline = ["Offline", "There is no connection to the server.", 0]
    assert modules.run(script) == [offline, ["WouldBlock", "slow mode", 4.5], 7, offline]


def test_quiet_network_is_noticed_and_an_answer_keeps_it(modules: PageModules) -> None:
    script = """
        const network = new Network();
        const connection = new RoomConnection(network.options);
        connection.open();
        network.enter([]);
        network.pass(25_000);
        const asked = network.socket.sent.at(-1);
        network.socket.say({ type: "pong", id: asked.id, server_s: 1 });
        network.pass(12_000);
        const kept = connection.state;
        network.pass(37_000);
        print([asked.type, kept, connection.state, network.sockets[0].isClosed]);
    """
    assert modules.run(script) == ["ping", "open", "offline", True]


def test_final_answers_are_not_tried_again(modules: PageModules) -> None:
    script = """
        const found = [];
        for (const code of [4001, 4003, 1011]) {
          const network = new Network();
          const connection = new RoomConnection(network.options);
          connection.open();
          network.enter([]);
          network.socket.say({ type: "gone", reason: "You are banned" });
          network.socket.onclose({ code, reason: "" });
          network.pass(60_000);
          found.push([connection.state, connection.words, network.sockets.length > 1]);
        }
        const network = new Network();
        const connection = new RoomConnection(network.options);
        connection.open();
        network.socket.onopen();
        network.socket.say({ type: "error", error: "Denied", message: "Enough" });
        network.pass(60_000);
        found.push([connection.state, connection.words, network.sockets.length > 1]);
        print(found);
    """
    gone = ["gone", "You are banned", False]
    assert modules.run(script) == [
        gone,
        gone,
        ["connecting", "You are banned", True],
        ["gone", "Enough", False],
    ]


def test_slow_client_asks_for_more_when_it_reads_again(modules: PageModules) -> None:
    script = """
        const network = new Network();
        const connection = new RoomConnection(network.options);
        connection.open();
        network.enter([said(4)]);
        network.socket.say({ type: "behind" });
        print(network.socket.sent.at(-1));
    """
    assert modules.run(script) == {"type": "more", "since": 4}


def test_log_keeps_300_and_who_reads_above_keeps_the_place(modules: PageModules) -> None:
    script = """
        const log = new RoomLog();
        log.welcome(welcome([said(1)]));
        for (const seq of range(2, 500)) log.apply(said(seq));
        const following = [log.messages.length, log.messages[0].seq, log.messages.at(-1).seq, log.hasOlder, log.unseen];
        log.follow(false);
        for (const seq of range(501, 5000)) log.apply(said(seq));
        const reading = [log.messages.length, log.messages[0].seq, log.messages.at(-1).seq, log.isLive, log.unseen];
        log.addOlder(range(101, 200).map((seq) => message(seq)), false);
        const above = [log.messages.length, log.messages[0].seq, log.messages.at(-1).seq];
        log.addNewer(range(401, 450).map((seq) => message(seq)), false);
        log.show(range(4901, 5000).map((seq) => message(seq)), true);
        print({ following, reading, above, end: [log.messages.length, log.isLive, log.isFollowing, log.unseen] });
    """
    assert modules.run(script) == {
        "following": [300, 201, 500, True, 0],
        "reading": [300, 201, 500, False, 4500],
        "above": [300, 101, 400],
        "end": [100, True, True, 0],
    }


def test_events_say_what_is_so_and_harm_nothing_twice(modules: PageModules) -> None:
    script = """
        const log = new RoomLog();
        log.welcome(welcome([said(1), said(2, { author: { id: "a:troll", name: "T", role: "guest" } }), said(3)]));
        const by = { id: "a:me" };
        const events = [
          { seq: 4, kind: "react", target: 1, emoji: "👍", on: true, count: 3, by },
          { seq: 5, kind: "edit", message: message(3, { text: "better", edited_at: 9 }) },
          { seq: 6, kind: "clear", target: "a:troll" },
          { seq: 7, kind: "pin", target: 3, message: message(3, { text: "better" }) },
          { seq: 8, kind: "react", target: 3, emoji: "🎉", on: true, count: 1, by: { id: "a:x" } },
          { seq: 9, kind: "react", target: 3, emoji: "🎉", on: false, count: 0, by: { id: "a:x" } },
          { seq: 10, kind: "settings", settings: { slow_s: 5 } },
        ];
        const state = () => JSON.stringify([log.messages, log.pinned, log.settings, [...log.mine].map(([seq, mine]) => [seq, ...mine])]);
        for (const event of events) log.apply(event);
        const once = state();
        for (const event of events) log.apply(event);
        const isSame = once === state();
        log.apply({ seq: 11, kind: "delete", target: 3 });
        print({ isSame, texts: log.messages.map((one) => one.text), pinned: log.pinned, settings: log.settings,
          reactions: log.messages.map((one) => one.reactions), mine: [...log.mine.get(1)], isDeleted: log.messages.map((one) => one.is_deleted) });
    """
    found = modules.run(script)
    assert found["isSame"]
    assert found["texts"] == ["text 1", "", ""]
    assert found["reactions"] == [[{"emoji": "👍", "count": 3}], [], []]
    assert found["isDeleted"] == [False, True, True]
    assert (found["pinned"], found["settings"], found["mine"]) == (None, {"slow_s": 5}, ["👍"])


def test_rows_group_by_author_with_day_unread_and_gap_lines(modules: PageModules) -> None:
    script = """
        const log = new RoomLog();
        const mine = { author: you };
        log.welcome(welcome([said(1), said(2), said(3, mine), said(4), said(5, { at: 90000 }), said(6, { at: 90001, spans: [{ kind: "mention", start: 0, end: 1, target: "a:me" }] })]));
        const unsent = [{ id: "u", text: "late", state: "waiting" }];
        const shown = rows(log, { unsent, readSeq: 3, ignored: new Set() });
        const ignoring = rows(log, { ignored: new Set(["a:x"]) });
        print({ shown: shown.map((row) => row.kind + (row.isContinued ? "+" : "") + (row.isForMe ? "@" : "")), keys: new Set(shown.map((row) => row.key)).size, ignoring: ignoring.map((row) => row.kind),
          above: rows({ ...log, isLive: false }, { messages: log.messages, mine: log.mine, unsent }).at(-1).kind });
    """
    assert modules.run(script) == {
        "shown": [
            "begin",
            "day",
            "message",
            "message+",
            "message",
            "unread",
            "message",
            "day",
            "message",
            "message+@",
            "unsent",
        ],
        "keys": 11,
        "ignoring": ["begin", "day", "message"],
        "above": "message",
    }


def test_unsent_messages_go_in_order_and_again_with_the_same_id(modules: PageModules) -> None:
    script = """
        let count = 0;
        const outbox = new Outbox(() => `id${++count}`);
        for (const text of ["one", "two", "three"]) outbox.add({ text, replyTo: null, mediaTimeS: null });
        const tried = [outbox.next().id, outbox.next()];
        outbox.sent("id1");
        tried.push(outbox.next().id);
        outbox.restart();
        tried.push(outbox.next().id);
        outbox.sent("id1");
        outbox.remove("id1");
        tried.push(outbox.next().id);
        outbox.fail("id2", "Links are not allowed here.");
        tried.push(outbox.next().id);
        const other = new Outbox(() => "");
        other.restore(outbox.saved());
        const broken = new Outbox(() => "");
        broken.restore('[{"id": 1}, null, {"id": "x", "text": "y", "state": "waiting"}]');
        const bad = new Outbox(() => "");
        bad.restore("{");
        print({ tried, restored: other.list.map((one) => [one.id, one.state]), broken: broken.list.length, bad: bad.list.length });
    """
    assert modules.run(script) == {
        "tried": ["id1", None, "id2", "id1", "id2", "id3"],
        "restored": [["id2", "failed"], ["id3", "waiting"]],
        "broken": 1,
        "bad": 0,
    }


def test_spans_count_code_points_and_only_web_addresses_are_links(modules: PageModules) -> None:
    script = """
        const text = "👋🏽 see https://a.example and @Ana";
        const points = [...text];
        const place = (part) => { const start = [...text.slice(0, text.indexOf(part))].length; return { start, end: start + [...part].length }; };
        const link = { kind: "link", ...place("https://a.example"), target: "https://a.example" };
        const mention = { kind: "mention", ...place("@Ana"), target: "a:ana" };
        const evil = (target) => piecesOf("click", [{ kind: "link", start: 0, end: 5, target }]).map((piece) => piece.kind);
        print({
          pieces: piecesOf(text, [mention, link]).map((piece) => [piece.kind, piece.text]),
          whole: piecesOf(text, [mention, link]).map((piece) => piece.text).join("") === text,
          evil: ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//a.example", "vbscript:x", "file:///etc/passwd"].map(evil),
          odd: piecesOf("abc", [{ kind: "link", start: 2, end: 99, target: "https://a" }, { kind: "script", start: 0, end: 1, target: "" }, { kind: "mention", start: 1, end: 1, target: "" }]).map((piece) => piece.kind),
        });
    """
    assert modules.run(script) == {
        "pieces": [
            ["text", "👋🏽 see "],
            ["link", "https://a.example"],
            ["text", " and "],
            ["mention", "@Ana"],
        ],
        "whole": True,
        "evil": [["text"]] * 6,
        "odd": ["text"],
    }


def test_names_are_completed_at_the_caret(modules: PageModules) -> None:
    script = """
        const names = ["Ana", "Anton", "Mary Ann", "Bob", "Ana"];
        print({ at: ["@", "hi @an", "mail@an", "@an\\nx", "@ an", "(@an"].map((text) => mentionAt(text, text.length)?.query ?? null),
          found: completions("an", names), all: completions("", names).length, done: withMention("hi @an there", 6, 3, "Ana") });
    """
    assert modules.run(script) == {
        "at": ["", "an", None, None, None, "an"],
        "found": ["Ana", "Anton", "Mary Ann"],
        "all": 4,
        "done": {"text": "hi @Ana there", "caret": 8},
    }


def test_chat_of_a_video_appears_as_the_position_passes_it(modules: PageModules) -> None:
    script = """
        const replay = new Replay();
        const at = (seq, media_time_s) => message(seq, { media_time_s });
        replay.moveTo(10);
        const first = replay.wanted();
        replay.add(first, [at(5, 12), at(4, 3), at(6, 100), at(7, null)]);
        const shown = [10, 12, 101].map((position) => { replay.moveTo(position); return replay.shown().map((one) => one.seq); });
        replay.moveTo(115);
        const next = replay.wanted();
        replay.add(next, [at(8, 140), at(6, 100)]);
        replay.moveTo(141);
        const later = replay.shown().map((one) => one.seq);
        replay.moveTo(5000);
        const jumped = [replay.wanted(), replay.shown().length];
        replay.add(next, [at(9, 200)]);
        replay.clear();
        replay.add({ from: 0, to: 6000 }, range(1, 2000).map((seq) => at(seq, seq)));
        print({ first, shown, next, later, jumped, most: replay.shown().length });
    """
    assert modules.run(script) == {
        "first": {"from": 0, "to": 130},
        "shown": [[4], [4, 5], [4, 5, 6]],
        "next": {"from": 130, "to": 250},
        "later": [4, 5, 6, 8],
        "jumped": [{"from": 4940, "to": 5120}, 0],
        "most": 300,
    }


def test_words_of_moments_and_counts(modules: PageModules) -> None:
    script = """
        const now = new Date(2026, 6, 15, 12).getTime() / 1000;
        print({ days: [0, 86400].map((ago) => dayWords(now - ago, now)), waits: [0.2, 59, 130, 7300, 400000].map(waitWords), places: [5, 65, 3723].map(placeWords),
          typing: [[], ["A"], ["A", "B"], ["A", "B", "C", "D"]].map(typingWords), fresh: [0, 1, 250].map(newWords), signs: ["Ada Lovelace", "bob", "", "👩‍🚀 x"].map(initialsOf).map((one) => [...one].length) });
    """
    assert modules.run(script) == {
        "days": ["Today", "Yesterday"],
        "waits": ["1 s", "59 s", "3 min", "3 h", "5 days"],
        "places": ["0:05", "1:05", "1:02:03"],
        "typing": ["", "A is typing", "A and B are typing", "Several people are typing"],
        "fresh": ["To the newest message", "1 new message", "99+ new messages"],
        "signs": [2, 2, 0, 2],
    }


def test_no_module_makes_markup() -> None:
    forbidden = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "eval(",
        ".style.",
        'setAttribute("style"',
    )
    found = [
        (path.name, one) for path in Path(ROOM).glob("*.js") for one in forbidden if one in path.read_text()
    ]
    assert found == []
