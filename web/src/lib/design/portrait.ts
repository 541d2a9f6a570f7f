/** Which pictures belong to whom, and the colour of everybody else. */

const portraits = new Set(["oto", "lumi", "kaya", "mira", "noor", "teo"]);
const scenes: Record<string, string> = { oto: "stage", lumi: "garden", kaya: "rooftop" };
const spareScenes = ["studio", "arcade", "kitchen"];

export function portraitOf(handle: string): string | null {
  return portraits.has(handle) ? `/avatars/${handle}.svg` : null;
}

/** The night scene behind a creator while there is no video. */
export function sceneOf(handle: string): string | null {
  const scene = scenes[handle] ?? spareScenes[hueOf(handle) % Math.max(1, spareScenes.length)];
  return scene ? `/scenes/${scene}.svg` : null;
}

/** A hue between 0 and 359 that stays with a handle for ever. */
export function hueOf(handle: string): number {
  let hash = 7;
  for (const letter of handle) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 359_999;
  return hash % 360;
}
