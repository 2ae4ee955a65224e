// The groups above the tiles: one of them, or all streams. Hidden while no stream has a group.

import { el, say } from "./dom.js";

export class WallGroups {
  element = el("div", { class: "wall-groups", role: "group", "aria-label": "Filter by group", hidden: true });
  /** @type {Map<string, HTMLElement>} */
  #chips = new Map();
  #onChoose;

  /** @param {(group: string) => void} onChoose '' for all streams */
  constructor(onChoose) {
    this.#onChoose = onChoose;
  }

  /**
   * @param {string[]} groups
   * @param {string} chosen
   */
  show(groups, chosen) {
    const names = ["", ...new Set(chosen ? [...groups, chosen] : groups)];
    this.element.hidden = names.length < 2;
    if (names.join("\n") !== [...this.#chips.keys()].join("\n")) {
      this.#chips = new Map(names.map((name) => [name, this.#chip(name)]));
      this.element.replaceChildren(...this.#chips.values());
    }
    for (const [name, chip] of this.#chips) chip.setAttribute("aria-pressed", String(name === chosen));
  }

  /** @param {string} name */
  #chip(name) {
    const chip = el("button", { class: "filter", type: "button", onclick: () => this.#onChoose(name) });
    say(chip, name || "All groups");
    return chip;
  }
}
