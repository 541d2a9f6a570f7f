/** How an order stands in the words of its result page. Pure. */

import type { Recharge, Step } from "./api";

export type Standing = "credited" | "waiting" | "open" | "declined_once" | "declined" | "cancelled" | "expired" | "refunded" | "disputed";

export function standing(order: Recharge): Standing {
  switch (order.status) {
    case "credited":
      return "credited";
    case "processing":
      return "waiting";
    case "review":
    case "awaiting_payment":
      return lastDecline(order) ? "declined_once" : "open";
    case "declined":
    case "cancelled":
    case "expired":
      return order.status;
    case "partially_refunded":
    case "refunded":
      return "refunded";
    case "disputed":
    case "lost":
      return "disputed";
  }
}

/** The reason of the newest decline, when nothing better came after it. */
export function lastDecline(order: Recharge): string | null {
  const step = order.timeline.findLast((one) => nameOf(one).startsWith("declined"));
  if (!step) return null;
  const within = /\((\w+)\)/.exec(nameOf(step))?.[1];
  const fact = step.facts?.reason ?? step.reason;
  return within ?? (typeof fact === "string" ? fact : "declined");
}

export function nameOf(step: Step): string {
  return String(step.what ?? step.status ?? step.event ?? "");
}
