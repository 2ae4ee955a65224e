// Makes elements. There are no strings of HTML anywhere, so nothing from a stream can become markup.

/**
 * @typedef {Node | string | null | undefined | false} Child
 */

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, string | boolean | EventListener>} [attributes] a function is a listener: `onclick`
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(isShown));
  return element;
}

/**
 * @param {Child} child
 * @returns {child is Node | string}
 */
function isShown(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}

/**
 * Set an element's text if it differs: screen readers announce each change.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * An icon: a crossed-out camera.
 * @returns {SVGElement}
 */
export function noSignalSign() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M3 3l18 18M10 6h4.500a2 2 0 0 1 2 2v2.500l4.500-3v9M16.500 16.500a2 2 0 0 1-2 1.500H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2");
  path.setAttribute("fill", "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "1.6");
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  svg.append(path);
  return svg;
}
