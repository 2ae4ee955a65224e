// What the address of a wall asks for: groups, and how a screen on a wall (kiosk) shows them. Pure: text in, values out.

/**
 * @typedef {object} Kiosk
 * @property {number} layout cells on each side, 0 is automatic
 * @property {number} rotate seconds until the next page or group, 0 for never
 *
 * @typedef {object} WallAddress
 * @property {string[]} groups that are shown, one after the other in a kiosk; '*' stands for each group; empty: all streams
 * @property {Kiosk | null} kiosk null: a wall with controls
 */

export const EVERY_GROUP = "*";
const LAYOUTS = /^(?:auto|([1-4])(?:x\1)?)$/;
const LEAST_S = 3;
const MOST_S = 86400;

/**
 * @param {string} search the query of the address, such as `?group=garden`
 * @returns {WallAddress}
 */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  const groups = [...new Set(query.getAll("group").filter((name) => name !== ""))];
  if (["", "0", "false"].includes(query.get("kiosk") ?? "")) return { groups, kiosk: null };
  const layout = Number(LAYOUTS.exec(query.get("layout") ?? "auto")?.[1] ?? 0);
  const rotate = Number(query.get("rotate") ?? 0);
  return { groups, kiosk: { layout, rotate: rotate > 0 ? Math.min(MOST_S, Math.max(LEAST_S, rotate)) : 0 } };
}

/**
 * The query with another group; everything else in it stays.
 * @param {string} search
 * @param {string} group '' for all streams
 */
export function withGroup(search, group) {
  const query = new URLSearchParams(search);
  query.delete("group");
  if (group) query.set("group", group);
  return query.size > 0 ? `?${query}` : "";
}

/**
 * The groups that a kiosk shows one after the other; [''] for all streams.
 * @param {string[]} wanted
 * @param {string[]} known
 */
export function stages(wanted, known) {
  const found = [...new Set(wanted.flatMap((name) => (name === EVERY_GROUP ? known : [name])))];
  return found.length > 0 ? found : [""];
}

/**
 * The next page of a kiosk, or the first one of the next stage.
 * @param {{stage: number, page: number}} now
 * @param {number} pages of the stage that is shown
 * @param {number} count of stages
 */
export function nextView({ stage, page }, pages, count) {
  if (page + 1 < pages) return { stage, page: page + 1 };
  return { stage: (stage + 1) % Math.max(1, count), page: 0 };
}
