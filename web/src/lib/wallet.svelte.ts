/** The signed-in person's purse as this page last heard of it. */

import { api, taken } from "$lib/api/client";
import type { WalletView } from "$lib/api/shapes";

class Wallet {
  view = $state.raw<WalletView | null>(null);
  coins = $derived(this.view?.coins ?? null);
  #asked = 0;

  async refresh(): Promise<void> {
    const turn = ++this.#asked;
    const view = await taken(api.GET("/v1/wallet")).catch(() => null);
    // Answers may overtake each other; only the newest question counts.
    if (view && turn === this.#asked) this.view = view;
  }

  /** The balance that an answer or the private channel told us. */
  hear(coins: number): void {
    if (this.view) this.view = { ...this.view, coins };
  }

  forget(): void {
    this.#asked += 1;
    this.view = null;
  }
}

export const wallet = new Wallet();
