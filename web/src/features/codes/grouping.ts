/** A gift code as people type and read it: capitals in groups, look-alikes put right. Pure. */

const GROUP = 4;

/** The letters and digits of a code, as Crockford's base 32 has them; I, L and O are 1, 1 and 0. */
export function plain(typed: string): string {
  return typed
    .toUpperCase()
    .replace(/[^0-9A-Z*~$=]/g, "")
    .replace(/[IL]/g, "1")
    .replace(/O/g, "0");
}

/** "7KQ2-M9XD-…", also while it is being typed. */
export function grouped(typed: string): string {
  return plain(typed).match(new RegExp(`.{1,${GROUP}}`, "g"))?.join("-") ?? "";
}

/** Where the caret belongs after grouping: behind as many letters as before. */
export function caretAfter(typed: string, caret: number): number {
  const letters = plain(typed.slice(0, caret)).length;
  if (letters === 0) return 0;
  const dashes = Math.floor((letters - 1) / GROUP);
  return letters + dashes;
}
