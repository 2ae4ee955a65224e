// The menu of the person who is signed in, in the header of every page.

import { address, ask } from "./api.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { Menu } from "./menu.js";

/** @typedef {import("./who.js").Me} Me */

/** @type {Record<string, string>} */
export const ROLES = { viewer: "Viewer", member: "Member", admin: "Admin" };

/**
 * @param {HTMLElement} place
 * @param {Me} me
 */
export function showPerson(place, me) {
  const title = me.account ? me.account.display_name || me.account.name : "Access token";
  // Pages hide what this person may not do; the server refuses it in any case.
  const page = document.documentElement.dataset;
  page.mayAdd = String(me.may_add);
  page.mayControl = String(me.rights === null ? me.may_add : me.rights.includes("control"));
  page.isAdmin = String(me.is_admin);
  const menu = new Menu();
  const button = el(
    "button",
    { class: "who", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `Signed in as ${title}` },
    avatar(title),
    el("span", { class: "who-wide" }, title),
  );
  button.addEventListener("click", () => menu.open(button, "Account", items(me, title)));
  place.replaceChildren(button, menu.element);
}

/**
 * @param {Me} me
 * @param {string} title
 */
function items(me, title) {
  const role = me.account ? `${me.account.name}, ${(ROLES[me.account.role] ?? me.account.role).toLowerCase()}` : "May do everything";
  const admin = me.is_admin
    ? [
        { words: "People and access", href: address("people") },
        { words: "Audit log", href: address("people/audit") },
      ]
    : [];
  return [{ words: title, note: role }, ...(me.account ? [{ words: "My account", href: address("account") }] : []), ...admin, { words: "Sign out", run: () => void signOut() }];
}

async function signOut() {
  const answer = await ask(address("logout"), { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
  // To the login page, or to the provider, which ends its session and leads back.
  const { url } = await (answer?.json() ?? Promise.resolve({})).catch(() => ({}));
  location.assign(address(String(url ?? "login")));
}
