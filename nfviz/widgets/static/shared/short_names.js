// @ts-check
// Short names of layers: what most of them begin or end with says nothing.

const PARTS = /[^./:]+/g;

/**
 * Leave out the parts at which most names are alike, as long as names remain distinct.
 * @param {string[]} names
 * @returns {string[]}
 */
export function shortNames(names) {
  let short = names;
  for (const cut of [withoutFirst, withoutLast]) {
    for (;;) {
      const shorter = cut(short);
      if (shorter === null) break;
      short = shorter;
    }
  }
  return short;
}

/** @param {string[]} names @returns {string[] | null} null where nothing more can go. */
function withoutFirst(names) {
  return without(names, (parts) => parts[0], (name, part) =>
    name.slice(name.indexOf(part) + part.length).replace(/^[./:]+/, ""),
  );
}

/** @param {string[]} names */
function withoutLast(names) {
  return without(names, (parts) => parts[parts.length - 1], (name, part) =>
    name.slice(0, name.lastIndexOf(part)).replace(/[./:]+$/, ""),
  );
}

function without(names, choose, cut) {
  const times = new Map();
  const chosen = names.map((name) => {
    const parts = name.match(PARTS) ?? [];
    // A name of one part is what tells it apart.
    const part = parts.length > 1 ? choose(parts) : "";
    if (part) times.set(part, (times.get(part) ?? 0) + 1);
    return part;
  });
  const [common, count] = [...times].reduce((best, each) => (each[1] > best[1] ? each : best), ["", 0]);
  if (2 * count <= names.length || count < 2) return null;
  const shorter = names.map((name, place) => (chosen[place] === common ? cut(name, common) : name));
  return new Set(shorter).size === new Set(names).size ? shorter : null;
}

/**
 * A text of so many letters at most; the end of it is what tells layers apart.
 * @param {string} text
 * @param {number} letters
 */
export function shortened(text, letters) {
  const signs = [...text];
  return signs.length <= letters ? text : `…${signs.slice(signs.length - Math.max(letters - 1, 1)).join("")}`;
}

/**
 * A text of so many letters at most, without its middle; its end tells more than its beginning.
 * @param {string} text
 * @param {number} letters
 */
export function withoutMiddle(text, letters) {
  const signs = [...text];
  if (signs.length <= letters) return text;
  const kept = Math.max(Math.floor(letters) - 1, 2);
  const end = Math.ceil(0.6 * kept);
  return `${signs.slice(0, kept - end).join("")}…${signs.slice(signs.length - end).join("")}`;
}
