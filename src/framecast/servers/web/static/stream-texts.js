// The names of a stream as the form checks them: the rules of the node (tests compare them), and a name made of a display name.

export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const LONGEST_TEXT = 80;
export const MOST_GROUPS = 16;
const MOST_NAME = 64;
// What model/text.py refuses: control characters, separators of lines, and what turns the direction of writing.
const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;
const BLANK = /^[\p{Cf}\p{Zs}]+$/u;
/** @type {Record<string, string>} */
const LETTERS = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", æ: "ae", ø: "oe", å: "aa", ł: "l", đ: "d", þ: "th" };

/**
 * A display name or the name of a group as the node keeps it.
 * @param {string} text
 */
export function kept(text) {
  return text.trim().normalize("NFC");
}

/**
 * What is wrong with a display name or the name of a group, "" if nothing is.
 * @param {string} what
 * @param {string} text
 */
export function wrongText(what, text) {
  const shown = kept(text);
  const count = [...shown].length;
  if (count > LONGEST_TEXT) return `${what} must have at most ${LONGEST_TEXT} characters, got ${count}.`;
  if (UNSHOWABLE.test(text)) return `${what} must have no control characters and none that turn the direction of writing.`;
  if (BLANK.test(shown)) return `${what} must have a character that can be seen.`;
  return "";
}

/**
 * What is wrong with the name of a stream, "" if nothing is.
 * @param {string} name
 */
export function wrongName(name) {
  if (!name) return "Name is missing: type one, such as front-door.";
  if (NAME.test(name)) return "";
  return "Name must have 1 to 64 letters, digits, dots, dashes and underscores, and begin with a letter or digit.";
}

/**
 * A name for a display name: `Haustür Süd` is `haustuer-sued`. "" if nothing of it can be in a name.
 * @param {string} text
 */
export function nameFor(text) {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[äöüßæøåłđþ]/g, (letter) => LETTERS[letter])
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9._]+/g, "-")
    .slice(0, MOST_NAME)
    .replace(/^[^a-z0-9]+|[-._]+$/g, "");
}
