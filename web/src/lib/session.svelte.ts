/** Who is signed in on this page. `undefined` until the server has answered. */

import { api, taken } from "$lib/api/client";
import { isProblem } from "$lib/api/problem";
import type { Account } from "$lib/api/shapes";
import { router } from "$lib/router.svelte";
import { wallet } from "$lib/wallet.svelte";

class Session {
  viewer = $state.raw<Account | null | undefined>(undefined);

  async load(): Promise<void> {
    try {
      this.enter(await taken(api.GET("/v1/me")));
    } catch (error) {
      // Not reaching the server is not signing out: the page asks again when it needs to.
      if (isProblem(error)) this.viewer = null;
      else this.viewer ??= null;
    }
  }

  enter(viewer: Account): void {
    this.viewer = viewer;
    void wallet.refresh();
  }

  async leave(): Promise<void> {
    await taken(api.DELETE("/v1/sessions/current"));
    this.viewer = null;
    wallet.forget();
    router.go("/");
  }
}

export const session = new Session();

/** The sign-in page that brings the person back to where they are now. */
export function signInHere(): string {
  return `/sign-in?back=${encodeURIComponent(router.path + location.search)}`;
}
