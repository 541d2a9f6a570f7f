/** How an order stands in the words of its page. Pure. */

import type { Recharge } from "$lib/api/shapes";

export type Standing =
  | "credited"
  | "waiting"
  | "asking"
  | "authenticate"
  | "scan"
  | "open"
  | "set_aside"
  | "declined_once"
  | "declined"
  | "cancelled"
  | "expired"
  | "refunding"
  | "partly_refunded"
  | "refunded"
  | "disputed"
  | "lost";

export function standing(order: Recharge): Standing {
  switch (order.status) {
    case "credited":
      return isRefunding(order) ? "refunding" : "credited";
    case "processing":
      return "waiting";
    case "review":
    case "awaiting_payment":
      return awaiting(order);
    case "declined":
    case "cancelled":
    case "expired":
      return wasSetAside(order) ? "set_aside" : order.status;
    case "partially_refunded":
      return "partly_refunded";
    case "refunded":
    case "disputed":
    case "lost":
      return order.status;
  }
}

function awaiting(order: Recharge): Standing {
  if (wasSetAside(order)) return "set_aside";
  const last = order.timeline.at(-1)?.what;
  if (last === "action_required") return "authenticate";
  if (lastDecline(order)) return "declined_once";
  if (order.checkout_url && isScanned(order.checkout_url)) return "scan";
  return last === "provider_silent" && !order.checkout_url ? "asking" : "open";
}

const wasSetAside = (order: Recharge): boolean => order.timeline.some((step) => step.what === "set_aside");

const isRefunding = (order: Recharge): boolean => order.refund?.status === "asked" || order.refund?.status === "pending";

/** A page that a browser cannot open: it is shown as a code for the phone's app. */
export const isScanned = (url: string): boolean => url.startsWith("weixin:");

/** Whether more may happen by itself, so that it is worth looking again. */
export function isMoving(now: Standing): boolean {
  return ["waiting", "asking", "authenticate", "scan", "open", "declined_once", "set_aside", "refunding"].includes(now);
}

/** Whether a payment may exist that is not coins yet, so that asking the provider can help. */
export function mayBePaid(now: Standing): boolean {
  return ["waiting", "asking", "authenticate", "scan", "open", "declined_once", "cancelled", "expired"].includes(now);
}

/** The reason of the newest decline, or null when nothing was declined. */
export function lastDecline(order: Recharge): string | null {
  const step = order.timeline.findLast((one) => one.what === "declined");
  return step ? (step.reason ?? "declined") : null;
}

/** Whether the coins came after we had stopped waiting for the payment. */
export function cameLate(order: Recharge): boolean {
  return order.timeline.some((step) => step.what === "credited" && step.late === true);
}

/** Coins of this order that paid a debt when they came, and coins that are owed since it was taken back. */
export function debts(order: Recharge): { repaid: number; owed: number } {
  const told = (name: "repaid" | "owed") => order.timeline.findLast((step) => step[name] !== undefined)?.[name] ?? 0;
  return { repaid: told("repaid"), owed: told("owed") };
}
