import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Watch } from "../../src/lib/room/watch";

const PROMISED_MS = 2000;

let said: string[] = [];
let watch: Watch;

/** Every question is answered after so long; `null` is a line that swallows everything. */
function line(answersAfter: number | null): void {
  watch = new Watch({
    ask: () => {
      said.push("asked");
      if (answersAfter !== null) setTimeout(() => watch.heard(), answersAfter);
    },
    onSilent: (isSilent) => said.push(isSilent ? "silent" : "back"),
    onGone: () => said.push("gone"),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
});
afterEach(() => void vi.useRealTimers());

describe("a line that goes silent without closing", () => {
  it("is told within two seconds of the last word, wherever that fell", () => {
    for (const spokeAfter of [0, 1, 350, 699, 700, 701, 1000]) {
      line(null);
      said = [];
      watch.begin();
      vi.advanceTimersByTime(spokeAfter);
      watch.heard();
      vi.advanceTimersByTime(PROMISED_MS - 100);
      expect(said.filter((word) => word !== "asked")).toEqual(["silent"]);
      watch.end();
    }
  });

  it("is asked once, told once, and then given up", () => {
    line(null);
    watch.begin();
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual(["asked", "silent", "gone"]);
  });

  it("is no longer silent as soon as it says anything", () => {
    line(null);
    watch.begin();
    vi.advanceTimersByTime(PROMISED_MS);
    expect(watch.isSilent).toBe(true);
    watch.heard();
    expect(watch.isSilent).toBe(false);
    expect(said).toEqual(["asked", "silent", "back"]);
  });

  it("begins anew when the watch does: what was told before is taken back", () => {
    line(null);
    watch.begin();
    vi.advanceTimersByTime(PROMISED_MS);
    watch.end();
    vi.advanceTimersByTime(60_000);
    watch.begin();
    vi.advanceTimersByTime(PROMISED_MS);
    expect(said).toEqual(["asked", "silent", "back", "asked", "silent"]);
  });
});

describe("a line that works", () => {
  it("is never called silent in a quiet room, not even at 300 ms and with a packet lost each time", () => {
    line(300 + 500);
    watch.begin();
    vi.advanceTimersByTime(60_000);
    expect(new Set(said)).toEqual(new Set(["asked"]));
  });

  it("is asked nothing while the room talks by itself", () => {
    line(null);
    watch.begin();
    for (let turn = 0; turn < 100; turn += 1) {
      vi.advanceTimersByTime(500);
      watch.heard();
    }
    expect(said).toEqual(["asked"]);
  });

  it("is left alone after the watch has ended, even when a late word comes", () => {
    line(null);
    watch.begin();
    watch.end();
    watch.heard();
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual(["asked"]);
  });
});
