// The shadow DOM of watching together: the player, and a bar that says how it goes and what can be done.

import { el, say } from "../static/dom.js";
import { icon } from "../static/icons.js";
import { Pick } from "./watch-pick.js";
import { WATCH_STYLE } from "./watch-style.js";
import { remoteWords, statusWords } from "./watch-words.js";

/**
 * @import {Together} from "./watch-words.js"
 *
 * @typedef {object} WatchActions
 * @property {() => void} choose another video
 * @property {() => void} leave the sync
 * @property {() => void} rejoin
 * @property {() => void} goOn without those who are waited for
 * @property {() => void} take the remote
 * @property {() => void} hand the remote over
 *
 * @typedef {Together & {mayLead: boolean, mayChoose: boolean}} Shown
 */

export class WatchView {
  #state = el("strong", { role: "status" });
  #remote = el("span", { class: "note" });
  #acts;
  #stage = el("div", { class: "stage" }, el("slot"));
  #none;
  #chooseFirst;
  #bar;
  pick = new Pick();

  /** @param {HTMLElement} host @param {WatchActions} actions */
  constructor(host, actions) {
    this.#acts = {
      goOn: act("Go on without them", "", actions.goOn),
      rejoin: act("Rejoin", "primary", actions.rejoin),
      choose: act("Change video", "", actions.choose),
      take: act("Take the remote", "", actions.take),
      hand: act("Hand over", "", actions.hand),
      leave: act("Leave the sync", "", actions.leave),
    };
    this.#chooseFirst = act("Choose a video", "primary", actions.choose);
    this.#none = el("div", { class: "none", hidden: true }, icon("film"), el("strong", {}, "Watch a video together"), el("span", { class: "note" }, "Everybody in this room sees it at the same place, while you talk."), this.#chooseFirst);
    const root = host.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(WATCH_STYLE);
    root.adoptedStyleSheets = [style];
    this.#acts.hand.title = "Hand over the remote";
    this.#bar = el("div", { class: "bar", role: "group", "aria-label": "Watching together" }, el("div", { class: "state" }, this.#state, this.#remote), el("div", { class: "acts" }, ...Object.values(this.#acts)));
    root.append(this.#stage, this.#none, this.#bar, this.pick.element);
  }

  /** @param {Shown} now */
  show(now) {
    const isWith = now.isOpen && now.hasVideo && now.isInSync;
    const isLead = isWith && now.remote === "leader";
    say(this.#state, statusWords(now));
    this.#state.classList.toggle("is-waiting", isWith && now.waitingFor.length > 0);
    say(this.#remote, now.isOpen ? remoteWords(now) : "");
    this.#bar.hidden = now.isOpen && !now.hasVideo && now.mayChoose;
    this.#none.hidden = now.hasVideo || !now.isOpen;
    this.#chooseFirst.hidden = !now.mayChoose;
    this.#stage.hidden = !now.hasVideo;
    const { goOn, rejoin, choose, take, hand, leave } = this.#acts;
    goOn.hidden = !(isWith && now.mayPlay && now.waitingFor.length > 0);
    rejoin.hidden = !(now.hasVideo && !now.isInSync);
    say(rejoin, now.isBeside ? "Join them" : "Rejoin");
    choose.hidden = !(isWith && now.mayChoose);
    take.hidden = !(isLead && now.mayLead && !now.isLeader);
    hand.hidden = !(isLead && now.mayLead && now.isLeader && now.others > 0);
    leave.hidden = !(now.hasVideo && now.isInSync);
  }
}

/** @param {string} words @param {string} kind @param {() => void} run */
function act(words, kind, run) {
  return el("button", { type: "button", class: `act ${kind}`, hidden: true, onclick: run }, words);
}
