/** Notices a line that went silent without closing, as lines do when a phone changes cells. */

/** So long may a quiet room say nothing before this page asks whether anybody is there. */
export const ASKS_AFTER_MS = 700;
/** From here on the person is told. Leaves a slow line 1.1 s to answer, and keeps the promise of 2 s. */
export const SILENT_AFTER_MS = 1800;
/** A new connection is sooner there than what waits for the old one. */
export const GONE_AFTER_MS = 4000;

export interface Watched {
  /** Asks the other end for a sign of life. */
  ask(): void;
  onSilent(isSilent: boolean): void;
  /** The line will not speak again. */
  onGone(): void;
}

export class Watch {
  isSilent = false;
  #isWatching = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #line: Watched;

  constructor(line: Watched) {
    this.#line = line;
  }

  /** Begins with a question: whoever opens the page again wants to know at once. */
  begin(): void {
    this.#isWatching = true;
    this.#ask();
  }

  /** The line spoke, no matter what it said. */
  heard(): void {
    if (!this.#isWatching) return;
    this.#after(ASKS_AFTER_MS, () => this.#ask());
    this.#tell(false);
  }

  end(): void {
    this.#isWatching = false;
    clearTimeout(this.#timer);
    this.#tell(false);
  }

  // Each wait begins when the one before is over: a computer that slept has asked nobody meanwhile,
  // so it asks before it complains.
  #ask(): void {
    this.#line.ask();
    this.#after(SILENT_AFTER_MS - ASKS_AFTER_MS, () => {
      this.#after(GONE_AFTER_MS - SILENT_AFTER_MS, () => this.#line.onGone());
      this.#tell(true);
    });
  }

  #after(wait: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, wait);
  }

  #tell(isSilent: boolean): void {
    if (this.isSilent === isSilent) return;
    this.isSilent = isSilent;
    this.#line.onSilent(isSilent);
  }
}
