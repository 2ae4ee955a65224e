// The source of a stream in the form, in two ways: the fields of a camera (maker, host, password), or any address as text. Changing
// between them keeps what was typed. Secrets are hidden as soon as they were typed, and shown when asked.

import { buildAddress, hideSecrets, isHost, readAddress, showSecrets } from "./camera-address.js";
import { MAKERS, MOST_CHANNELS, OTHER, RTSP_PORT, makerOf } from "./camera-makers.js";
import { el, say } from "./dom.js";
import { Field, button, input, select, wrongNumber } from "./form-field.js";

/** @typedef {import("./camera-address.js").CameraFields} CameraFields */
/** @typedef {"camera" | "address"} Way */

/** @type {[string, string][]} */
const EXAMPLES = [
  ["RTSP camera", "rtsp://192.168.1.20/stream"],
  ["Web stream", "https://example.org/live.m3u8"],
  ["Test pattern", "pattern:"],
];

export class SourceFields {
  /** @type {Way} */
  #way = "camera";
  /** The text of the address without its secrets. @type {string[]} */
  #secrets = [];
  #isKept = false;
  /** The fields as they were when the address was last made of them, or they of it. */
  #same = "";
  /** The address at that time. */
  #sameAddress = "";
  #ways = ["camera", "address"].map((way) => this.#radio(/** @type {Way} */ (way)));
  #reveal = button("Show", () => this.#toggle());
  /** @type {Field} */
  #address = new Field("Source", input("form-source", { placeholder: "rtsp://user:password@192.168.1.20/stream", inputmode: "url" }), {
    beside: this.#reveal,
    check: () => (this.#address.value ? "" : "Source is missing: type an address, such as rtsp://192.168.1.20/stream."),
  });
  #kept = el("p", { class: "hint" }, "*** hides a secret. Leave it unchanged to keep the secret.");
  #examples = el("div", { class: "examples" }, "Examples: ", ...EXAMPLES.map(([words, text]) => button(words, () => this.#example(text), "link strong")));
  /** @type {Field} */
  #maker = new Field("Maker", select("form-maker", [["", "Choose the maker …"], ...MAKERS.map((one) => /** @type {[string, string]} */ ([one.id, one.label])), [OTHER, "Other maker"]]), {
    check: () => (this.#maker.value ? "" : "Maker is missing: choose one, or “Other maker”."),
  });
  /** @type {Field} */
  #host = new Field("Host", input("form-host", { placeholder: "192.168.1.20", inputmode: "url" }), { check: () => this.#wrongHost() });
  /** @type {Field} */
  #port = new Field("Port", input("form-port", { inputmode: "numeric" }), { check: () => (this.#port.value === "" ? "" : wrongNumber("Port", this.#port.value, 1, 65535, true)) });
  /** @type {Field} */
  #user = new Field("User", input("form-user"), { check: () => this.#wrongUser() });
  #showPassword = button("Show", () => this.#togglePassword());
  /** @type {Field} */
  #password = new Field("Password", input("form-password", { type: "password", autocomplete: "new-password" }), { beside: this.#showPassword, check: () => this.#wrongPassword() });
  /** @type {Field} */
  #channel = new Field("Channel", input("form-channel", { inputmode: "numeric" }), { check: () => wrongNumber("Channel", this.#channel.value, 1, MOST_CHANNELS, true) });
  /** @type {Field} */
  #stream = new Field("Stream", select("form-stream", [["main", "Main: full resolution"], ["sub", "Sub: low resolution"]]));
  /** @type {Field} */
  #path = new Field("Path", input("form-path", { placeholder: "/stream1", inputmode: "url" }), { hint: "What follows the host: look for RTSP in the camera's manual." });
  #preview = el("p", { class: "hint preview" });
  #camera = el(
    "div",
    { class: "camera-fields", role: "group", "aria-label": "Camera" },
    this.#maker.element,
    el("div", { class: "pair wide" }, this.#host.element, this.#port.element),
    el("div", { class: "pair" }, this.#user.element, this.#password.element),
    el("div", { class: "pair" }, this.#channel.element, this.#stream.element),
    this.#path.element,
    this.#preview,
  );
  #text = el("div", { class: "row" }, this.#address.element, this.#kept, this.#examples);
  element = el("div", { class: "source" }, el("div", { class: "ways", role: "radiogroup", "aria-label": "Camera or address" }, ...this.#ways), this.#camera, this.#text);

  constructor() {
    this.element.addEventListener("input", () => this.#update());
    this.#maker.control.addEventListener("change", () => this.#update());
    this.#host.control.addEventListener("input", () => this.#onHost());
    this.#address.control.addEventListener("blur", () => this.#hide());
    this.#address.control.addEventListener("input", () => this.#onType());
  }

  /** @param {string} source as the node shows it; "" for a new stream */
  fill(source) {
    this.#fillCamera({ maker: "", host: "", port: "", user: "", password: "", channel: 1, isSub: false, path: "", isKept: false });
    this.#setAddress(source);
    this.#examples.hidden = source !== "";
    this.#same = this.#cameraKey();
    this.#sameAddress = source ? "" : this.#source();
    this.#choose(source ? "address" : "camera");
  }

  /** The source with its secrets. */
  read() {
    return this.#way === "camera" ? buildAddress(this.#fields()) : this.#source();
  }

  /** The fields that can be wrong now. @returns {Field[]} */
  get fields() {
    if (this.#way === "address") return [this.#address];
    return [this.#maker, this.#host, this.#port, this.#user, this.#password, this.#channel, this.#path];
  }

  /** Show what the node says is wrong, and go there. @param {string} words */
  fail(words) {
    const isSecret = /\btype the (?:secret|value)\b/.test(words);
    const field = this.#way === "address" ? this.#address : isSecret ? this.#password : this.#host;
    field.fail(words);
    field.control.focus();
  }

  focus() {
    (this.#way === "address" ? this.#address : this.#maker).control.focus();
  }

  /** @param {Way} way */
  #radio(way) {
    const words = way === "camera" ? "Camera" : "Address";
    const choice = el("input", { type: "radio", name: "way", value: way, id: `form-way-${way}`, onchange: () => this.#change(way) });
    return el("label", { for: choice.id }, choice, el("span", {}, words));
  }

  /** @param {Way} way */
  #choose(way) {
    for (const field of this.fields) field.fail("");
    this.#way = way;
    for (const label of this.#ways) {
      const choice = /** @type {HTMLInputElement} */ (label.querySelector("input"));
      choice.checked = choice.value === way;
    }
    this.#camera.hidden = way !== "camera";
    this.#text.hidden = way !== "address";
    this.#update();
  }

  /** Take over what was typed in the other way, if anything was. @param {Way} way */
  #change(way) {
    if (way === "address" && this.#cameraKey() !== this.#same && this.#host.value) {
      this.#setAddress(buildAddress(this.#fields()));
      this.#remember();
    } else if (way === "camera" && this.#source() !== this.#sameAddress) {
      const found = readAddress(this.#source());
      if (found) this.#fillCamera(found);
      this.#remember();
    }
    this.#choose(way);
  }

  #remember() {
    this.#same = this.#cameraKey();
    this.#sameAddress = this.#source();
  }

  #cameraKey() {
    return JSON.stringify(this.#fields());
  }

  /** @returns {CameraFields} */
  #fields() {
    return {
      maker: this.#maker.value,
      host: this.#host.value,
      port: this.#port.value,
      user: this.#user.value,
      password: this.#password.control.value,
      channel: Number(this.#channel.value),
      isSub: this.#stream.value === "sub" && makerOf(this.#maker.value)?.hasSub !== false,
      path: this.#path.value,
      isKept: this.#isKept,
    };
  }

  /** @param {CameraFields} fields */
  #fillCamera(fields) {
    this.#isKept = fields.isKept;
    this.#maker.value = fields.maker;
    this.#host.value = fields.host;
    this.#port.value = fields.port;
    this.#user.value = fields.user;
    this.#password.value = fields.password;
    this.#channel.value = String(fields.channel);
    this.#stream.value = fields.isSub ? "sub" : "main";
    this.#path.value = fields.path;
    this.#togglePassword("password");
  }

  /** Show which fields the maker has, and the address that they give. */
  #update() {
    const maker = makerOf(this.#maker.value);
    this.#port.control.setAttribute("placeholder", String(maker?.port ?? RTSP_PORT));
    this.#user.element.hidden = maker?.isKeyed === true;
    say(this.#password.label, maker?.isKeyed ? "Stream key" : "Password");
    for (const field of [this.#user, this.#password]) field.control.setAttribute("placeholder", this.#isKept ? "unchanged" : "");
    this.#channel.element.hidden = !maker?.hasChannels;
    this.#stream.element.hidden = !maker || maker.hasSub === false;
    this.#path.element.hidden = this.#maker.value !== OTHER;
    say(this.#maker.hint, maker?.hint ?? "");
    this.#maker.hint.hidden = !maker?.hint;
    const isWhole = this.#maker.value !== "" && this.#host.value !== "" && isHost(this.#host.value);
    say(this.#preview, isWhole ? masked(this.#fields()) : "");
    const { secrets } = hideSecrets(this.#source());
    this.#reveal.hidden = secrets.every((secret) => secret === "***");
    say(this.#reveal, this.#secrets.length ? "Show" : "Hide");
    this.#kept.hidden = !this.#address.control.value.includes("***");
  }

  /** @returns {string} */
  #wrongHost() {
    const host = this.#host.value;
    if (!host) return "Host is missing: type the address of the camera, such as 192.168.1.20.";
    return isHost(host) ? "" : "Host must be a name or an IP address alone. For a whole address choose “Address” above.";
  }

  /** @returns {string} */
  #wrongUser() {
    const needsUser = this.#password.control.value !== "" && !this.#user.value && makerOf(this.#maker.value)?.isKeyed !== true;
    return needsUser ? "User is missing: a password belongs to a user." : "";
  }

  /** @returns {string} */
  #wrongPassword() {
    const needsKey = makerOf(this.#maker.value)?.isKeyed && !this.#password.control.value && !this.#isKept;
    return needsKey ? "Stream key is missing: copy it from the camera's settings in UniFi Protect." : "";
  }

  /** A whole address that was pasted as the host. */
  #onHost() {
    const text = this.#host.value;
    if (!/^[a-z][\w+.-]*:\/\//i.test(text)) return;
    const found = readAddress(text);
    if (found) this.#fillCamera(found);
    else {
      this.#host.value = "";
      this.#setAddress(text);
      this.#choose("address");
      this.#address.control.focus();
    }
  }

  /** The address that is typed, with its secrets. */
  #source() {
    return showSecrets(this.#address.value, this.#secrets);
  }

  /** @param {string} source */
  #setAddress(source) {
    const { text, secrets } = hideSecrets(source);
    this.#secrets = secrets;
    this.#address.value = text;
  }

  /** Hide the secrets of what was typed. */
  #hide() {
    this.#setAddress(this.#source());
    this.#update();
  }

  /** An address that was pasted over a hidden one has its own secrets. */
  #onType() {
    if (!this.#address.control.value.includes("***")) this.#secrets = [];
  }

  #toggle() {
    if (this.#secrets.length) {
      this.#address.value = this.#source();
      this.#secrets = [];
      this.#update();
    } else this.#hide();
  }

  /** @param {string} [type] */
  #togglePassword(type = this.#password.control.getAttribute("type") === "password" ? "text" : "password") {
    this.#password.control.setAttribute("type", type);
    say(this.#showPassword, type === "password" ? "Show" : "Hide");
    this.#showPassword.setAttribute("aria-label", type === "password" ? "Show the password" : "Hide the password");
  }

  /** @param {string} text */
  #example(text) {
    this.#setAddress(text);
    this.#address.control.focus();
    /** @type {HTMLInputElement} */ (this.#address.control).select();
    this.element.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** @param {CameraFields} fields */
function masked(fields) {
  const hidden = fields.password ? { ...fields, password: "***" } : fields;
  return buildAddress(hidden).replaceAll("%2A%2A%2A", "***");
}
