// What names and passwords of accounts may be. Pure. The server checks them again; a test compares both.

export const MIN_PASSWORD = 8;
export const MAX_PASSWORD = 1024;
export const PASSWORD_HINT = `At least ${MIN_PASSWORD} characters. A few words are easy to remember.`;
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.@+-]{0,63}$/u;

/** @param {string} text */
export function wrongPassword(text) {
  const count = [...text].length;
  if (count < MIN_PASSWORD) return `The password must have at least ${MIN_PASSWORD} characters, got ${count}.`;
  return count > MAX_PASSWORD ? `The password must have at most ${MAX_PASSWORD} characters, got ${count}.` : "";
}

/** @param {string} text */
export function wrongAccountName(text) {
  if (text === "") return "Enter a name.";
  return NAME.test(text) ? "" : "The name may have 64 letters, digits or . _ - @ +, and begins with a letter or a digit.";
}
