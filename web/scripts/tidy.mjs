// Holds the rules of the house that no compiler knows: colours and pixels live in tokens.css,
// files stay short, words live in the messages, generated files are not touched.

import { readdirSync, readFileSync } from "node:fs";

const LINES_MAX = 350;
const rules = [
  { about: "a raw colour; name it in tokens.css", in: /\.(svelte|css)$/, but: /tokens\.css$/, bad: /#[0-9a-f]{3,8}\b(?=[;,)\s])|\brgba?\(/i },
  { about: "raw pixels; use a token", in: /\.(svelte|css)$/, but: /tokens\.css$/, bad: /\b\d+px\b/ },
  { about: "a file name that says nothing", in: /\/(utils|helpers|manager|service)\./, bad: /^/ },
  { about: "an unfinished thought", in: /./, bad: /\b(TODO|FIXME)\b/ },
];

const wrong = [];
const files = readdirSync("src", { recursive: true })
  .map((file) => `src/${file}`)
  .filter((file) => /\.(svelte|ts|css)$/.test(file) && !file.endsWith("schema.d.ts"));
for (const file of files) {
  const lines = readFileSync(file, "utf8").split("\n");
  // Words are data: a long list of sentences is still easy to read.
  if (lines.length > LINES_MAX && !file.includes("/messages/")) wrong.push(`${file}: ${lines.length} lines, at most ${LINES_MAX}`);
  for (const rule of rules) {
    if (!rule.in.test(file) || rule.but?.test(file)) continue;
    lines.forEach((line, at) => rule.bad.test(line) && wrong.push(`${file}:${at + 1}: ${rule.about}`));
  }
}
for (const line of wrong) console.error(line);
console.log(wrong.length ? `${wrong.length} things to tidy` : `${files.length} files are tidy`);
process.exit(wrong.length ? 1 : 0);
