// The shared pages of an account, as rows with a button that ends them, and the dialog that makes one.

import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { button, Field, input, select } from "./form-field.js";
import { wrongPassword } from "./account-rules.js";
import { get, send, wordsOf } from "./send.js";
import { Sheet, showOnce } from "./sheet.js";
import { wrongText } from "./stream-texts.js";
import { agoWords, untilWords } from "./times.js";
import { LIFETIMES } from "./token-texts.js";

/**
 * @typedef {object} Share
 * @property {string} id
 * @property {string} name
 * @property {string} account_name
 * @property {string | null} stream
 * @property {string | null} video
 * @property {boolean} has_password
 * @property {number | null} used_at
 * @property {number | null} expires_at
 */

export class ShareList {
  element = el("ul", { class: "rows part-rows" });

  async load() {
    try {
      const { shares } = await get("api/shares");
      this.#show(shares);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Open the form for a new link. */
  async make() {
    await makeShare();
    await this.load();
  }

  /** @param {Share[]} shares */
  #show(shares) {
    const none = el("li", { class: "nothing-yet" }, el("strong", {}, "No shared pages"), el("p", {}, "A link shows one stream or one video to somebody without an account."));
    this.element.replaceChildren(...(shares.length ? shares.map((one) => this.#row(one)) : [none]));
  }

  /** @param {Share} share */
  #row(share) {
    const end = button("End", () => void this.#end(share));
    end.setAttribute("aria-label", `End ${share.name}`);
    const what = share.stream === null ? `Video ${share.video}` : `Stream ${share.stream}`;
    const life = share.expires_at === null ? "no expiry" : `ends ${untilWords(share.expires_at)}`;
    return el(
      "li",
      {},
      el(
        "div",
        { class: "row-text" },
        el("div", { class: "row-title" }, share.name),
        el("p", { class: "row-note" }, `${what}, ${share.has_password ? "with password" : "without password"}, by ${share.account_name}`),
        el("p", { class: "row-note" }, `Last used ${agoWords(share.used_at)}, ${life}`),
      ),
      el("div", { class: "row-end" }, end),
    );
  }

  /** @param {Share} share */
  async #end(share) {
    if (!(await confirmed(`End ${share.name}?`, "What is open by this link ends within a second.", "End the link"))) return;
    try {
      await send("DELETE", "api/shares", { id: share.id });
      await this.load();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.element.prepend(el("li", {}, el("p", { class: "error", role: "alert" }, wordsOf(error))));
  }
}

/** @returns {Promise<void>} when the dialog, and the one with the link, are closed */
async function makeShare() {
  const [streams, listed] = await Promise.all([get("api/streams").catch(() => ({})), get("api/videos", { owner: "me" }).catch(() => ({ videos: [] }))]);
  const sheet = new Sheet("New shared page");
  /** @type {[string, string][]} */
  const things = [
    ...Object.keys(streams).sort().map((one) => /** @type {[string, string]} */ ([`stream:${one}`, `Stream ${one}`])),
    ...listed.videos.map((/** @type {{id: string, title: string}} */ one) => /** @type {[string, string]} */ ([`video:${one.id}`, `Video ${one.title}`])),
  ];
  const what = new Field("Shows", select("share-what", things), { hint: "Streams that you may change, and your videos." });
  /** @type {Field} */
  const name = new Field("Name", input("share-name", { placeholder: "Grandparents", autocapitalize: "sentences" }), {
    hint: "Visitors see it above the picture.",
    check: () => (name.value ? wrongText("Name", name.value) : "Enter a name for the link."),
  });
  /** @type {Field} */
  const password = new Field("Password", input("share-password", { type: "password", autocomplete: "new-password" }), {
    hint: "Empty: everybody who has the link can open it.",
    check: () => (password.control.value === "" ? "" : wrongPassword(password.control.value)),
  });
  const life = new Field("Works for", select("share-life", [[String(7 * 86_400), "7 days"], ...LIFETIMES]));
  /** @type {{name: string, url: string} | null} */
  let made = null;
  sheet.submit("Make the link", async () => {
    const bad = [name, password].filter((field) => !field.isValid());
    if (bad.length) return bad[0].control.focus();
    const [kind, id] = what.value.split(/:(.*)/s);
    const body = { name: name.value, stream: kind === "stream" ? id : null, video: kind === "video" ? id : null, password: password.control.value || null, expires_s: life.value ? Number(life.value) : null };
    made = await send("POST", "api/shares", {}, body);
    sheet.close();
  });
  await new Promise((resolve) => {
    sheet.onClose = () => resolve(undefined);
    sheet.open(what.element, name.element, password.element, life.element);
  });
  const done = /** @type {{name: string, url: string} | null} */ (made);
  if (done) await showOnce(`Link ${done.name}`, "Send the password, if there is one, on another way than the link.", { label: "Link", secret: done.url });
}
