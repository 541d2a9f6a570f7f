/** How an order stands in the words of its result page. Pure. */

import type { Recharge } from "$lib/api/shapes";

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

/** The reason of the newest decline, or null when nothing was declined. */
export function lastDecline(order: Recharge): string | null {
  const step = order.timeline.findLast((one) => one.what === "declined");
  return step ? (step.reason ?? "declined") : null;
}
