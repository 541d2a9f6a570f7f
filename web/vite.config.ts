import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The development server borrows everything that is not a page from the running house.
const house = process.env.LARGESSE_URL ?? "http://127.0.0.1:8400";
const borrowed = ["/v1", "/sandbox", "/openapi.json", "/docs"];

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    alias: { $lib: fileURLToPath(new URL("./src/lib", import.meta.url)) },
  },
  build: {
    target: "es2022",
    manifest: true,
    // Fonts and art stay files: an inlined one would be loaded again with every chunk.
    assetsInlineLimit: 0,
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(borrowed.map((path) => [path, { target: house }])),
  },
  test: { include: ["tests/**/*.test.ts"] },
});
