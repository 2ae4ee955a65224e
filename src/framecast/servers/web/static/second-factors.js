// What signs a person in beside the password. The section stays hidden while there is nothing in it.

/** @param {HTMLElement} section */
export async function fillSecondFactors(section) {
  section.hidden = section.childElementCount === 0;
}
