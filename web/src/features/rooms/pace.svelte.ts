/** Whether this device keeps up with a busy room. One that does not is shown a calmer stage. */

const FPS_MIN = 50;
const LOOKS_MS = 1000;
// Looking is work too: the page has to make every frame itself while it counts them.
const LOOKS_EVERY_MS = 3000;
// A hiccup is not slowness, and whoever calmed down keeps up only because it is calm.
const SLOW_LOOKS = 2;
const GOOD_LOOKS = 20;

export class Pace {
  isSlow = $state(false);
  #slow = 0;
  #good = 0;
  #lookedAt = -Infinity;

  /** Counts frames for a second, unless it did so just now. */
  look(): void {
    if (performance.now() < this.#lookedAt + LOOKS_EVERY_MS) return;
    this.#lookedAt = performance.now();
    let begun = 0;
    let frames = 0;
    const frame = (at: number) => {
      begun ||= at;
      const elapsed = at - begun;
      if (elapsed < LOOKS_MS) {
        frames += 1;
        requestAnimationFrame(frame);
        return;
      }
      // A page in the background has no frames at all, which says nothing.
      if (elapsed < 2 * LOOKS_MS) this.saw((1000 * frames) / elapsed);
    };
    requestAnimationFrame(frame);
  }

  saw(fps: number): void {
    const isGood = fps >= FPS_MIN;
    this.#good = isGood ? this.#good + 1 : 0;
    this.#slow = isGood ? 0 : this.#slow + 1;
    if (this.#slow >= SLOW_LOOKS) this.isSlow = true;
    if (this.#good >= GOOD_LOOKS) this.isSlow = false;
  }
}
