// @vitest-environment node
import { expect, it } from "vitest";

Object.assign(globalThis, { location: { pathname: "/", search: "" } });
const { safeBack } = await import("$lib/router.svelte");

it("goes back to a page of ours and to nobody else's", () => {
  expect(safeBack("/rooms/rom_1?x=1")).toBe("/rooms/rom_1?x=1");
  for (const back of [null, "", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
    expect(safeBack(back)).toBeNull();
  }
});
