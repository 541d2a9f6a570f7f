/** The gifts that can be sent now, asked for once and kept. */

import type { Gift } from "$lib/api/shapes";
import { listGifts } from "./api";

const STALE_AFTER_MS = 60_000;

class Catalogue {
  gifts = $state.raw<Gift[]>([]);
  trouble = $state.raw<unknown>(null);
  #loadedAt = 0;

  async load(): Promise<void> {
    if (Date.now() - this.#loadedAt < STALE_AFTER_MS) return;
    try {
      this.gifts = (await listGifts()).data;
      this.#loadedAt = Date.now();
      this.trouble = null;
    } catch (error) {
      this.trouble = error;
    }
  }

  find(slug: string): Gift | undefined {
    return this.gifts.find((gift) => gift.slug === slug);
  }

  colourOf(slug: string): string {
    return this.find(slug)?.colour ?? "var(--accent)";
  }
}

export const catalogue = new Catalogue();
