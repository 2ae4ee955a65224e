// What somebody does in the chat: each button, menu and key leads here, and from here to the server.

import { Menu } from "../static/menu.js";
import { keep } from "./keep.js";
import { Moderation } from "./moderation.js";
import { PeoplePanel } from "./people-panel.js";
import { RoomView } from "./room-view.js";
import { sentenceOf, waitWords } from "./room-words.js";

/**
 * @import {Chat} from "./chat.js"
 * @import {ComposerHooks} from "./composer.js"
 * @import {Unsent} from "./outbox.js"
 * @import {Replay} from "./replay.js"
 * @import {RoomAttributes} from "./room-attributes.js"
 * @import {ListHooks} from "./message-list.js"
 * @import {RowActions} from "./message-view.js"
 * @import {ToolActions} from "./message-tools.js"
 * @import {ViewActions} from "./room-view.js"
 * @import {RoomError} from "./wire.js"
 *
 * @typedef {RoomAttributes & {player: {currentTime: number} | null, connection: import("./connection.js").RoomConnection}} Host
 *
 * @typedef {object} DeskOf
 * @property {Chat} chat
 * @property {Replay} replay
 * @property {() => boolean} isReplay
 * @property {() => number | null} mediaTime
 * @property {() => void} changed show it at the next frame
 * @property {() => void} showNow
 */

const QUOTED = 100;

export class RoomDesk {
  #menu = new Menu();
  #host;
  #room;
  #moderation;
  #people;
  view;

  /** @param {Host} host @param {DeskOf} room */
  constructor(host, room) {
    this.#host = host;
    this.#room = room;
    this.view = new RoomView(host, room.chat, { view: this.#viewActions(), list: this.#listHooks(), row: this.#rowActions(), tools: this.#toolActions(), composer: this.#composerHooks() });
    this.#moderation = new Moderation(room.chat, this.view.panel);
    this.#people = new PeoplePanel(room.chat, this.view.panel, { onJump: (seq) => void this.#jump(seq), onRename: (name) => this.#rename(name) });
    this.view.panel.element.after(this.#menu.element);
  }

  /** What was refused is put where it can be changed, unless something else is being written. @param {Unsent} unsent @param {RoomError} error */
  onRefused(unsent, error) {
    const { composer } = this.view;
    if (!composer.isEmpty) return false;
    composer.put(unsent.text, unsent.replyTo ? (this.#find(unsent.replyTo.seq) ?? null) : null);
    composer.wait(sentenceOf(error.message), error.waitS);
    return true;
  }

  /** @returns {ViewActions} */
  #viewActions() {
    return {
      close: () => void this.#host.dispatchEvent(new CustomEvent("close")),
      people: () => this.#people.openPeople(),
      search: () => this.#people.openSearch(),
      queue: () => void this.#moderation.openQueue(),
      more: (button) => this.#openMore(button),
      newest: () => void this.#toNewest(),
      unpin: () => void this.#try(() => this.#moderation.act("unpin")),
      rename: () => this.#people.openName(),
      signIn: () => void window.open(new URL("login", this.#host.server).href, "_top"),
      replay: (isReplay) => {
        this.#host.replay = isReplay;
      },
    };
  }

  /** @returns {Omit<ListHooks, "onActive">} */
  #listHooks() {
    const { chat, isReplay, changed } = this.#room;
    return {
      onScroll: (isAtEnd) => {
        if (!isReplay()) chat.log.follow(isAtEnd);
        changed();
      },
      onTop: () => void (isReplay() || chat.loadOlder()),
      onEnd: () => void (isReplay() || chat.loadNewer()),
    };
  }

  /** @returns {RowActions} */
  #rowActions() {
    const { chat, changed } = this.#room;
    return {
      onJump: (seq) => void this.#jump(seq),
      onReact: (seq, emoji) => void this.#try(() => chat.react(seq, emoji)),
      onSeek: (seconds) => {
        if (this.#host.player) this.#host.player.currentTime = seconds;
      },
      onAgain: (id) => chat.sayAgain(id),
      onGiveUp: (id) => {
        chat.outbox.remove(id);
        changed();
      },
      canSeek: () => this.#host.player !== null,
      me: () => chat.you?.id ?? "",
    };
  }

  /** @returns {ToolActions} */
  #toolActions() {
    const { chat } = this.#room;
    return {
      find: (seq) => this.#find(seq),
      react: (seq, emoji) => void this.#try(() => chat.react(seq, emoji)),
      pick: (button, onPick) => this.view.picker.open(button, onPick),
      reply: (message) => this.view.composer.reply(message),
      edit: (message) => this.view.composer.edit(message),
      remove: ({ seq, author }) => void this.#try(() => (author.id === chat.you?.id ? chat.act({ type: "delete", seq }) : this.#moderation.act("delete", { target: seq }))),
      copy: ({ text }) => void this.#try(() => navigator.clipboard.writeText(text), "Copied."),
      report: (message) => this.#moderation.report(message),
      ignore: ({ author }, isOn) => void this.#try(() => chat.ignore(author.id, isOn), isOn ? `You ignore ${author.name} now.` : `You see ${author.name} again.`),
      moderate: (message, action) => {
        if (action === "pin" || action === "unpin") void this.#try(() => this.#moderation.act(action, { target: message.seq }));
        else if (action === "clear") this.#moderation.clear(message.author);
        else this.#moderation.restrict(message.author, action);
      },
    };
  }

  /** @returns {ComposerHooks} */
  #composerHooks() {
    const { chat, mediaTime } = this.#room;
    return {
      onSend: (text, message) => chat.say({ text, replyTo: message && { seq: message.seq, name: message.author.name, text: message.text.slice(0, QUOTED) }, mediaTimeS: mediaTime() }),
      onEdit: (text, seq) => void this.#try(() => chat.act({ type: "edit", seq, text })),
      onTyping: () => chat.typing(),
      onEditLast: () => {
        const mine = chat.log.messages.filter((message) => message.author.id === chat.you?.id && !message.is_deleted);
        if (mine.length) this.view.composer.edit(mine[mine.length - 1]);
      },
      onEmoji: (button) => this.view.picker.open(button, (emoji) => this.view.composer.insert(emoji)),
      names: () => this.#names(),
      onDraft: (text) => keep("session", `draft-${this.#host.key}`, text),
    };
  }

  /** The names that can be mentioned: of the people who are here, and of authors. */
  #names() {
    const { presence, log, you } = this.#room.chat;
    const people = [...(presence.members ?? []), ...log.messages.map((message) => message.author)];
    return people.filter((person) => person.id !== you?.id).map((person) => person.name);
  }

  /** @param {() => Promise<unknown>} run @param {string} [done] */
  async #try(run, done = "") {
    try {
      await run();
      if (done) this.view.toast(done);
    } catch (error) {
      const { waitS, message } = /** @type {RoomError} */ (error);
      this.view.toast(waitS ? `${sentenceOf(message)} Try again in ${waitWords(waitS)}.` : sentenceOf(message));
    }
  }

  /** @param {number} seq */
  #find(seq) {
    return this.#room.chat.log.find(seq) ?? this.#room.replay.find(seq);
  }

  /** @param {number} seq */
  async #jump(seq) {
    if (this.#room.isReplay()) this.#host.replay = false;
    const { chat, showNow } = this.#room;
    await this.#try(async () => {
      if (!(await chat.reach(seq))) throw new Error("this message is not kept any more");
      chat.log.follow(false);
      showNow();
      this.view.list.jump(seq);
    });
  }

  /** @param {string} name */
  async #rename(name) {
    keep("local", "name", name);
    this.#host.connection.reopen();
  }

  async #toNewest() {
    const { chat, changed } = this.#room;
    await chat.toNewest();
    chat.log.follow(true);
    changed();
  }

  /** @param {HTMLElement} button */
  #openMore(button) {
    const { mayModerate, you } = this.#room.chat;
    const { key, server } = this.#host;
    const page = { words: "Open in a page of its own", href: new URL(`rooms/${encodeURIComponent(key)}`, server).href };
    const name = { words: "My name here …", run: () => this.#people.openName() };
    const rules = [
      { words: "Rules of this room …", run: () => this.#moderation.openSettings() },
      { words: "Time-outs and bans …", run: () => void this.#moderation.openRestrictions() },
    ];
    this.#menu.open(button, "More", [...(you?.id.startsWith("g:") ? [name] : []), ...(mayModerate ? rules : []), page]);
  }
}
