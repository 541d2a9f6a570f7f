import { describe, expect, it } from "vitest";
import { Pace } from "../../src/features/rooms/pace.svelte";

function after(...seen: number[]): boolean {
  const pace = new Pace();
  for (const fps of seen) pace.saw(fps);
  return pace.isSlow;
}
const times = (count: number, fps: number): number[] => Array.from({ length: count }, () => fps);

describe("a device in a busy room", () => {
  it("is slow when it stays under 50 frames a second", () => expect(after(60, 49, 30, 49)).toBe(true));
  it("is not slow for a hiccup", () => expect(after(10, 60, 10, 60, 10)).toBe(false));
  it("stays on the calmer stage for a while, since it keeps up only because of it", () => {
    expect(after(...times(3, 40), ...times(19, 60))).toBe(true);
    expect(after(...times(3, 40), ...times(20, 60))).toBe(false);
  });
});
