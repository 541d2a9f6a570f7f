// Prints the gzipped JavaScript of each page's first load and fails when it is over its budget.
//
// A first load is the entry, the page, everything they import, and what the page always loads next
// (the room opens its socket at once). Later sheets and other pages are not counted.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const KB = 1000;
const budgets = [
  { name: "feed", parts: ["src/features/rooms/Feed.svelte"], most: 60 * KB },
  { name: "room", parts: ["src/features/rooms/RoomPage.svelte", "node_modules/centrifuge/build/index.mjs"], most: 110 * KB },
];

const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));

function files(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the build; was it renamed?`);
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const imported of chunk.imports ?? []) files(imported, seen);
  return seen;
}

let isOver = false;
for (const { name, parts, most } of budgets) {
  const loaded = new Set(["index.html", ...parts].flatMap((key) => [...files(key)]));
  const bytes = [...loaded].reduce((sum, file) => sum + gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length, 0);
  isOver ||= bytes > most;
  console.log(`${name.padEnd(5)} ${(bytes / KB).toFixed(1).padStart(6)} KB of ${most / KB} KB gzipped, ${loaded.size} files`);
}
process.exit(isOver ? 1 : 0);
