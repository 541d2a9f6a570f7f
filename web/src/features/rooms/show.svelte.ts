/** Which gift is on the stage now, and which wait. Never more than twenty in all. */

import type { GiftEvent } from "$lib/room/events";

const WAITING_MAX = 20;
const ABREAST_MAX = 3;

export interface Turn {
  id: string;
  event: GiftEvent;
  isOwn: boolean;
  /** Which of the lanes it crosses, so that gifts abreast do not cover each other. */
  lane: number;
}

export class Show {
  crossing = $state.raw<Turn[]>([]);
  full = $state.raw<Turn | null>(null);
  waiting = $state.raw<Turn[]>([]);
  /** All that is on the stage or waits for it. */
  readonly length = $derived(this.waiting.length + this.#onStage());
  #lane = 0;

  /** Queues what deserves the stage. Streaks of small gifts live in the rail instead. */
  add(event: GiftEvent, isOwn: boolean): void {
    if (event.gift.tier === "icon" || event.count_delta < 1) return;
    const turn = { id: event.id, event, isOwn, lane: this.#lane++ % ABREAST_MAX };
    this.waiting = shortened([...this.waiting, turn], WAITING_MAX - this.#onStage());
    this.#fill();
  }

  done(id: string): void {
    this.crossing = this.crossing.filter((turn) => turn.id !== id);
    if (this.full?.id === id) this.full = null;
    this.#fill();
  }

  clear(): void {
    this.waiting = [];
    this.crossing = [];
    this.full = null;
  }

  #onStage(): number {
    return this.crossing.length + (this.full ? 1 : 0);
  }

  #fill(): void {
    const left: Turn[] = [];
    for (const turn of this.waiting) {
      if (turn.event.gift.tier === "showpiece" && !this.full) this.full = turn;
      else if (turn.event.gift.tier === "animated" && this.crossing.length < ABREAST_MAX)
        this.crossing = [...this.crossing, turn];
      else left.push(turn);
    }
    this.waiting = left;
  }
}

/** Too many: the smallest gift of somebody else goes first, the person's own never. */
export function shortened(turns: Turn[], most: number): Turn[] {
  const kept = [...turns];
  while (kept.length > most) {
    const others = kept.filter((turn) => !turn.isOwn);
    const smallest = (others.length ? others : kept).reduce((one, other) =>
      other.event.coins_delta < one.event.coins_delta ? other : one,
    );
    kept.splice(kept.indexOf(smallest), 1);
  }
  return kept;
}
