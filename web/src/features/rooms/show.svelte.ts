/** Which gift is on the stage now, and which wait. Never more than twenty in all. */

import type { GiftEvent } from "$lib/room/events";
import { Pace } from "./pace.svelte";

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
  readonly pace = new Pace();
  crossing = $state.raw<Turn[]>([]);
  full = $state.raw<Turn | null>(null);
  waiting = $state.raw<Turn[]>([]);
  /** All that is on the stage or waits for it. */
  readonly length = $derived(this.waiting.length + this.#onStage());

  /** Queues what deserves the stage. Streaks of small gifts live in the rail instead. */
  add(event: GiftEvent, isOwn: boolean): void {
    if (event.gift.tier === "icon" || event.count_delta < 1) return;
    const turn = { id: event.id, event, isOwn, lane: 0 };
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

  /** Everybody in their turn: some abreast, and a showpiece when it has the whole stage to itself. */
  #fill(): void {
    for (let next = this.waiting[0]; next && !this.full; next = this.waiting[0]) {
      const isShowpiece = next.event.gift.tier === "showpiece";
      if (this.crossing.length >= (isShowpiece ? 1 : ABREAST_MAX)) return;
      this.waiting = this.waiting.slice(1);
      if (isShowpiece) this.full = next;
      else this.crossing = [...this.crossing, { ...next, lane: this.#freeLane() }];
    }
  }

  #freeLane(): number {
    const taken = new Set(this.crossing.map((turn) => turn.lane));
    return [0, 1, 2].find((lane) => !taken.has(lane)) ?? 0;
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
