/** Which address shows which page. Every page is loaded when it is first needed. */

import type { Component } from "svelte";

// A page takes the named parts of its address as its properties.
type PageModule = { default: Component<any> };

interface Route {
  pattern: RegExp;
  load: () => Promise<PageModule>;
  needs?: "sign-in";
  /** The room draws its own frame, edge to edge. */
  bare?: boolean;
}

export const routes: Route[] = [
  { pattern: /^\/$/, load: () => import("./rooms/Feed.svelte") },
  { pattern: /^\/sign-in$/, load: () => import("./people/SignIn.svelte") },
  { pattern: /^\/sign-up$/, load: () => import("./people/SignUp.svelte") },
  { pattern: /^\/me$/, load: () => import("./people/Me.svelte"), needs: "sign-in" },
  { pattern: /^\/rooms\/(?<id>[^/]+)$/, load: () => import("./rooms/RoomPage.svelte"), bare: true },
  { pattern: /^\/recharge$/, load: () => import("./recharge/RechargePage.svelte"), needs: "sign-in" },
  { pattern: /^\/recharge\/(?<id>[^/]+)$/, load: () => import("./recharge/OrderPage.svelte"), needs: "sign-in" },
  { pattern: /^\/help\/coins-missing$/, load: () => import("./help/CoinsMissing.svelte"), needs: "sign-in" },
  { pattern: /^\/cases\/(?<id>[^/]+)$/, load: () => import("./cases/CasePage.svelte"), needs: "sign-in" },
  { pattern: /^\/me\/payments$/, load: () => import("./payments/PaymentsPage.svelte"), needs: "sign-in" },
  { pattern: /^\/me\/security$/, load: () => import("./people/SecurityPage.svelte"), needs: "sign-in" },
  { pattern: /^\/codes$/, load: () => import("./codes/CodesPage.svelte"), needs: "sign-in" },
  { pattern: /^\/terms(?:\/(?<version>[^/]+))?$/, load: () => import("./terms/TermsPage.svelte") },
  { pattern: /^\/wallet$/, load: () => import("./wallet/WalletPage.svelte"), needs: "sign-in" },
  { pattern: /^\/wallet\/entries\/(?<id>[^/]+)$/, load: () => import("./wallet/EntryPage.svelte"), needs: "sign-in" },
  { pattern: /^\/studio$/, load: () => import("./studio/StudioPage.svelte"), needs: "sign-in" },
];

export function find(path: string): { route: Route; parts: Record<string, string> } | null {
  const clean = path.length > 1 ? path.replace(/\/$/, "") : path;
  for (const route of routes) {
    const match = route.pattern.exec(clean);
    if (match) return { route, parts: { ...match.groups } };
  }
  return null;
}
